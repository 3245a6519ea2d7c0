"""The pages."""

from django.urls import path

from django_admin.web import documents, imports, reports, views

urlpatterns = [
    path("", views.chat, name="chat"),
    path("c/<uuid:conversation_id>", views.chat, name="conversation"),
    path("import/", imports.imports, name="imports"),
    path("import/<uuid:import_id>", imports.imports, name="import"),
    path("import/<uuid:import_id>/problems.csv", imports.problems, name="import_problems"),
    path("import/templates/<str:kind>-en.csv", imports.template, {"language": "en"}),
    path("import/templates/<str:kind>-ko.csv", imports.template, {"language": "ko"}),
    path("reports/", reports.reports, name="reports"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<str:document_id>", documents.document, name="document"),
    path("documents/<str:document_id>/file", documents.document_file, name="document_file"),
]
