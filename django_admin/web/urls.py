"""The pages."""

from django.urls import path

from django_admin.web import documents, views

urlpatterns = [
    path("", views.chat, name="chat"),
    path("c/<uuid:conversation_id>", views.chat, name="conversation"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<str:document_id>", documents.document, name="document"),
    path("documents/<str:document_id>/file", documents.document_file, name="document_file"),
]
