"""Whose import jobs a person sees: their own."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from django_admin.accounts.models import User
from django_admin.imports.models import ImportFilePart, ImportJob
from narutalk.errors import NotFound


def own_jobs(user: User) -> QuerySet[ImportJob]:
    """Return a person's jobs, the newest first, without their problems; `has_file`: it is still there."""
    part = ImportFilePart.objects.filter(job=OuterRef("pk"))
    return ImportJob.objects.filter(owner=user).defer("problems").annotate(has_file=Exists(part))


def access_job(user: User, job_id: UUID) -> ImportJob:
    """Return a person's job.

    Raises:
        NotFound: ``import_not_found``: there is none, or it is somebody else's.
    """
    job = own_jobs(user).filter(pk=job_id).first()
    if job is None:
        raise NotFound("import")
    return job


def file_part(job_id: UUID, number: int) -> bytes | None:
    """Return a piece of a job's file; None behind its end."""
    found = ImportFilePart.objects.filter(job_id=job_id, number=number).values_list("content", flat=True)
    content = found.first()
    return None if content is None else bytes(content)
