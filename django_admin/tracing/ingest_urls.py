"""What the processes send."""

from django.urls import path

from django_admin.tracing import ingest

urlpatterns = [
    path("info", ingest.info, name="traces_info"),
    path("runs", ingest.create, name="traces_create"),
    path("runs/batch", ingest.batch, name="traces_batch"),
    path("runs/multipart", ingest.multipart, name="traces_multipart"),
    path("runs/<uuid:run_id>", ingest.update, name="traces_update"),
]
