"""The pages."""

from django.urls import path, re_path

from django_admin.web import documents, imports, views

urlpatterns = [
    path("", views.chat, name="chat"),
    path("c/<uuid:conversation_id>", views.chat, name="conversation"),
    path("import/", imports.imports, name="imports"),
    path("import/<uuid:import_id>", imports.imports, name="import"),
    path("import/<uuid:import_id>/problems.csv", imports.problems, name="import_problems"),
    re_path(r"^import/templates/(?P<kind>[a-z]+)-(?P<language>en|ko)\.csv$", imports.template),
    path("documents/", documents.documents, name="documents"),
    path("documents/<str:document_id>", documents.document, name="document"),
    path("documents/<str:document_id>/file", documents.document_file, name="document_file"),
]
