"""Files on their way into the company's data. The data itself, the services keep."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models

FILE_NAME_CHARS = 200


class ImportStatus(models.TextChoices):
    """How far a job's last run is. Whether there is anything wrong in the rows, its result says."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ImportJob(models.Model):
    """A person's file, and its last run: dry, or for real.

    Attributes:
        service: Which one imports its kind.
        options: How the file is read, as the services' `POST /import` takes them.
        result: What the service answered, without `problems`, which may be many.
        error: Why there is no result: ``code``, ``message``, ``details``.
        beat_at: When the process that runs it last said so.
        applied_at: When its rows were written: then it is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_jobs")
    service = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    file_name = models.CharField(max_length=FILE_NAME_CHARS)
    file_bytes = models.PositiveBigIntegerField()
    options = models.JSONField(default=dict)
    dry_run = models.BooleanField()
    status = models.CharField(max_length=16, choices=ImportStatus.choices)
    result = models.JSONField(null=True)
    problems = models.JSONField(default=list)
    error = models.JSONField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[Sequence[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at"], name="imports_of_owner"),
            models.Index(fields=["status", "beat_at"], name="imports_running"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class ImportFilePart(models.Model):
    """A piece of a job's file, in the database, so that every process of the manager finds it."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "number"], name="import_file_part")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"
