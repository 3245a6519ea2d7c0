"""Uploaded files to import, and the routes by which the employee and the client service take them."""

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from narutalk.errors import InvalidInput, TooLarge
from narutalk.identity import Identity
from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from tools.imports.catalogue import kind_called
from tools.imports.description import KindInfo, describe
from tools.imports.history import PastImport
from tools.imports.importer import MAX_PROBLEMS, Importer, ImportOptions, ImportResult
from tools.imports.permissions import require_import
from tools.imports.values import DateOrder

MAX_FIELDS = 10
MAX_OPTIONS_BYTES = 64 * 1024
FORM_OVERHEAD_BYTES = MAX_OPTIONS_BYTES + 16 * 1024
MAX_FILE_NAME_CHARS = 200

Rate = Annotated[Decimal, Field(gt=0, le=10**9)]


class ImportRequest(BaseModel):
    """How to read the file, as `tools.imports.importer.ImportOptions` explains; all may be left out."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, str] = Field({}, max_length=200, examples=[{"Staff no.": "id"}])
    constants: dict[str, str] = Field({}, max_length=50, examples=[{"region": "Seoul"}])
    words: dict[str, dict[str, str]] = Field({}, max_length=50, examples=[{"position": {"Boss": "director"}}])
    date_order: DateOrder = "ymd"
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    rates: dict[str, Rate] = Field({}, max_length=50, examples=[{"USD": "1385.5"}])
    encoding: str | None = Field(None, max_length=30)
    create_places: bool = False
    problem_limit: int = Field(MAX_PROBLEMS, ge=1, le=10_000)


class ImportKinds(BaseModel):
    """What may be imported here."""

    kinds: list[KindInfo]


class ImportHistory(BaseModel):
    """The last imports that were applied, the newest first."""

    imports: list[PastImport]


class ImportService(NamedTuple):
    """What a service needs to import files.

    Attributes:
        importer: Over the databases that it writes.
        kinds: What it imports.
        max_bytes: The largest file.
    """

    importer: Importer
    kinds: tuple[str, ...]
    max_bytes: int


IMPORT_REFUSED: dict[int | str, dict[str, Any]] = {
    403: {"model": ErrorAnswer, "description": "Not for this person"},
    413: {"model": ErrorAnswer, "description": "Too large"},
}
"""What else OpenAPI says of the answers."""


def import_service(request: Request) -> ImportService:
    """Return what the service opened to import with; a dependency of the routes."""
    service: ImportService = request.app.state.server.resources.imports
    return service


Imports = Annotated[ImportService, Depends(import_service)]


def add_import_routes(router: APIRouter, kinds: tuple[str, ...], *, what: str, who: str) -> None:
    """Add the routes that import, and that tell what can be and what was imported.

    Args:
        router: Of the service; the routes are as its others.
        kinds: What the service imports.
        what: In words, for the documentation of ``POST /import``.
        who: May do so, also in words.
    """
    told = (
        f"Import {what} from a CSV or XLSX file: all of it or nothing.\n\n"
        "With ``dry_run`` only say what would happen. Rows that are wrong are listed in ``problems``, and "
        f"then\nnothing is written. For {who}; 403 ``import_forbidden`` for others."
    )

    @router.post(
        "/import",
        summary="Import a file",
        description=told,
        openapi_extra=import_body(kinds),
        responses=IMPORT_REFUSED,
    )
    async def import_data(request: Request, service: Imports, caller: Caller) -> ImportResult:
        return await import_upload(request, caller, service)

    @router.get("/import/kinds", responses=IMPORT_REFUSED)
    def import_kinds(service: Imports, caller: Caller) -> ImportKinds:
        """What can be imported, and what its columns are called. As for ``POST /import``: 403 for others."""
        return importable(caller, service)

    @router.get("/imports", responses=IMPORT_REFUSED)
    def import_history(
        service: Imports, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> ImportHistory:
        """The last imports, the newest first, whoever made them; for those who may import, 403 for others."""
        return imported(caller, service, limit=limit)


def import_body(kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return what OpenAPI says of the request's body."""
    properties = {
        "kind": {"type": "string", "enum": list(kinds)},
        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX."},
        "dry_run": {"type": "boolean", "default": False},
        "options": {"type": "string", "description": "JSON: columns, constants, words, date_order, …"},
    }
    schema = {"type": "object", "required": ["kind", "file"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def importable(caller: Identity, service: ImportService) -> ImportKinds:
    """Return what a person may import.

    Raises:
        Forbidden: ``import_forbidden``.
    """
    _require(caller, service)
    return ImportKinds(kinds=[describe(kind) for kind in service.kinds])


def imported(caller: Identity, service: ImportService, *, limit: int) -> ImportHistory:
    """Return what was imported last, by whomever; for those who may import.

    Raises:
        Forbidden: ``import_forbidden``.
    """
    _require(caller, service)
    return ImportHistory(imports=service.importer.history(limit=limit))


async def import_upload(request: Request, caller: Identity, service: ImportService) -> ImportResult:
    """Import the uploaded file, or say what importing it would do.

    Raises:
        Forbidden: ``import_forbidden``.
        InvalidInput: ``kind_unknown``, ``file_missing``, ``options_invalid``, or the file's own.
        TooLarge: ``file_too_large``.
        Conflict: ``import_conflict``.
    """
    _require(caller, service)
    _refuse_large_body(request, service.max_bytes)
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_OPTIONS_BYTES) as form:
        kind, upload, options = _read(form, service)
        name = (upload.filename or "file")[-MAX_FILE_NAME_CHARS:]
        if (upload.size or 0) > service.max_bytes:
            raise _too_large(service.max_bytes)
        return await to_thread.run_sync(_import, service.importer, kind, upload.file, options, name, caller)


def _require(caller: Identity, service: ImportService) -> None:
    require_import(caller, kind_called(service.kinds[0]).database)


def _import(
    importer: Importer, kind: str, file: BinaryIO, options: ImportOptions, name: str, caller: Identity
) -> ImportResult:
    with tempfile.TemporaryDirectory(prefix="narutalk-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        return importer.run(kind, path, options, file_name=name, by=caller.username)


def _read(form: FormData, service: ImportService) -> tuple[str, UploadFile, ImportOptions]:
    kind, upload = form.get("kind"), form.get("file")
    if kind not in service.kinds or not isinstance(kind, str):
        raise InvalidInput(
            f"`kind` is one of {', '.join(service.kinds)}.",
            code="kind_unknown",
            details={"kinds": list(service.kinds)},
        )
    if not isinstance(upload, UploadFile):
        raise InvalidInput("Send one file in the field `file`.", code="file_missing")
    try:
        asked = ImportRequest.model_validate_json(str(form.get("options") or "{}"))
    except ValidationError as error:
        problems = [{"at": list(found["loc"]), "message": found["msg"]} for found in error.errors()]
        raise InvalidInput(
            "`options` does not say how to read a file.",
            code="options_invalid",
            details={"problems": problems[:MAX_FIELDS]},
        ) from error
    dry_run = str(form.get("dry_run") or "").lower() in ("true", "1", "on", "yes")
    return kind, upload, ImportOptions(**asked.model_dump(), dry_run=dry_run)


def _refuse_large_body(request: Request, max_bytes: int) -> None:
    """What is read of a body lies on the disk; a body that does not say how long it is could fill it."""
    length = request.headers.get("content-length", "")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput("Send multipart/form-data.", code="file_missing")
    if not length.isdigit() or int(length) > max_bytes + FORM_OVERHEAD_BYTES:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The file is larger than {max_bytes:,} bytes.", code="file_too_large")
