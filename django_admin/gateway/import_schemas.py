"""What the API tells of imports."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import BaseModel, ConfigDict

from django_admin.imports.client import ImportKind, ImportProblem, ImportSummary, PastImport


class ImportKindsOut(BaseModel):
    """What you may import; `unavailable` names services that did not answer."""

    kinds: list[ImportKind]
    unavailable: list[str]


class ImportErrorOut(BaseModel):
    """Why a run has no result; `details` may hold the reason in both languages, and the file's columns."""

    code: str
    message: str
    details: dict[str, Any]


class ImportJobOut(BaseModel):
    """A file and its last run.

    Attributes:
        status: ``succeeded`` where there is a result; whether rows are wrong, it says.
        has_file: Whether it can be run again: with other options, or for real.
    """

    import_id: UUID
    kind: str
    file_name: str
    file_bytes: int
    options: dict[str, Any]
    dry_run: bool
    status: Literal["running", "succeeded", "failed"]
    has_file: bool
    created_at: datetime
    started_at: datetime
    finished_at: datetime | None
    result: ImportSummary | None
    error: ImportErrorOut | None


class ImportJobsOut(BaseModel):
    """One page of your imports, the newest first."""

    imports: list[ImportJobOut]
    total: int
    offset: int
    limit: int


class ImportProblemsOut(BaseModel):
    """One page of what is wrong, by row; `listed` of all `total` can be read."""

    problems: list[ImportProblem]
    total: int
    listed: int
    offset: int
    limit: int


class ImportHistoryOut(BaseModel):
    """What was imported last, by whomever, the newest first."""

    imports: list[PastImport]


class ImportRunIn(Schema):
    """Another run of a file. `options` are those of the services' `POST /import`."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool
    options: dict[str, Any] = Field(default={}, max_length=10, examples=[{"columns": {"Staff no.": "id"}}])
