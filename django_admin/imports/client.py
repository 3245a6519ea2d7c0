"""The client of the services that import: what can be imported, a file's import, and what was imported."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from django_admin.imports.actions import UNCERTAIN
from narutalk.errors import (
    Conflict,
    DeadlineExceeded,
    Forbidden,
    InvalidInput,
    NaruTalkError,
    TooLarge,
    Unavailable,
    UpstreamFailed,
)
from narutalk.identity import Identity, TokenSigner

logger = structlog.get_logger(__name__)

CALL_TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=10.0, pool=5.0)
IMPORT_TIMEOUT = httpx.Timeout(connect=3.0, read=1800.0, write=60.0, pool=5.0)
"""Reading: the service answers when all is done; two million rows take minutes."""
_REFUSALS = {error.status: error for error in (Forbidden, Conflict, TooLarge, InvalidInput)}
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)

ModelT = TypeVar("ModelT", bound=BaseModel)


class InBothLanguages(BaseModel):
    en: str
    ko: str


class ImportField(BaseModel):
    """A field of a kind; `titles` are the usual names of its column, `choices` the words it is one of."""

    name: str
    titles: InBothLanguages
    required: bool
    choices: list[str] = []


class ImportKind(BaseModel):
    """A kind of data, with its fields in the order of a template's columns."""

    name: str
    titles: InBothLanguages
    fields: list[ImportField]


class ImportProblem(BaseModel):
    """What is wrong in a row, which is numbered as in a spreadsheet: the header is 1."""

    row: int
    column: str
    value: str
    code: str
    reason: InBothLanguages


class ImportSummary(BaseModel):
    """What came of a run.

    Attributes:
        applied: Whether the rows were written: never with a problem in one of them.
        created: Departments and regions that were, or would be, made.
        columns: The file's.
        mapping: By field the column it is read from.
        ignored: Columns that are not read.
        problem_count: How many problems there are, listed or not.
    """

    applied: bool
    rows: int
    inserted: int
    updated: int
    unchanged: int
    created: list[str]
    columns: list[str]
    mapping: dict[str, str]
    ignored: list[str]
    problem_count: int


class ImportAnswer(ImportSummary):
    """What a service answers: a summary, and the problems."""

    problems: list[ImportProblem]


class PastImport(BaseModel):
    """An import that was applied."""

    kind: str
    file_name: str
    inserted: int
    updated: int
    unchanged: int
    imported_by: str
    imported_at: datetime


class Importable(NamedTuple):
    """What a person may import.

    Attributes:
        kinds: By the service that imports it.
        refused: Whether a service refused the person.
        unavailable: Services that did not answer.
    """

    kinds: list[tuple[str, ImportKind]]
    refused: bool
    unavailable: list[str]


class FileToImport(NamedTuple):
    """A file on its way to a service; `length` in bytes."""

    name: str
    length: int
    chunks: AsyncIterator[bytes]


class _Kinds(BaseModel):
    kinds: list[ImportKind]


class _History(BaseModel):
    imports: list[PastImport]


class ImportClient:
    """Imports under a person's rights; the services decide what those are.

    Args:
        services: By the name of a service its client; the caller closes them.
        signer: Signs for whom each call is made.
    """

    def __init__(self, services: Mapping[str, httpx.AsyncClient], signer: TokenSigner) -> None:
        self._services = services
        self._signer = signer

    async def importable(self, identity: Identity) -> Importable:
        """Return what a person may import; a service that is away is named, not raised."""
        answers = await self._of_all(identity, "/import/kinds", _Kinds)
        return Importable(
            kinds=[(name, kind) for name, a in answers.items() if isinstance(a, _Kinds) for kind in a.kinds],
            refused=any(isinstance(a, Forbidden) for a in answers.values()),
            unavailable=[name for name, a in answers.items() if not isinstance(a, _Kinds | Forbidden)],
        )

    async def find(self, identity: Identity, kind: str) -> tuple[str, ImportKind]:
        """Return a kind that a person may import, and the service that does it.

        Raises:
            Forbidden: ``import_forbidden``.
            Unavailable: ``import_unavailable``: the service that might know it does not answer.
            InvalidInput: ``kind_unknown``.
        """
        found = await self.importable(identity)
        for service, known in found.kinds:
            if known.name == kind:
                return service, known
        if found.unavailable:
            raise _unavailable()
        if found.refused:
            raise Forbidden("You may not import this data.", code="import_forbidden")
        names = [known.name for _, known in found.kinds]
        raise InvalidInput(
            f"`kind` is one of {', '.join(names)}.", code="kind_unknown", details={"kinds": names}
        )

    async def history(self, identity: Identity, *, limit: int) -> list[PastImport]:
        """Return the last imports into what a person may import, the newest first.

        Raises:
            Forbidden: ``import_forbidden``: the person may import nothing.
            Unavailable: ``import_unavailable``: a service does not answer.
        """
        answers = await self._of_all(identity, "/imports", _History, params={"limit": limit})
        told = [answer for answer in answers.values() if isinstance(answer, _History)]
        for error in answers.values():
            if isinstance(error, NaruTalkError) and (not told or not isinstance(error, Forbidden)):
                raise error
        past = [past for answer in told for past in answer.imports]
        return sorted(past, key=lambda one: one.imported_at, reverse=True)[:limit]

    async def run(
        self,
        identity: Identity,
        service: str,
        *,
        kind: str,
        file: FileToImport,
        options: Mapping[str, Any],
        dry_run: bool,
    ) -> ImportAnswer:
        """Import a file, or say what importing it would do. The file is never held in memory.

        Raises:
            NaruTalkError: What the service refuses, with its own code; ``import_unavailable`` when nothing
                was sent; ``import_uncertain`` when it broke off and was no dry run.
        """
        fields = {"kind": kind, "dry_run": str(dry_run).lower(), "options": json.dumps(options)}
        boundary, head, tail = _form(fields, file.name)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + file.length + len(tail)),
        }
        try:
            return await self._call(
                identity,
                service,
                "POST",
                "/import",
                ImportAnswer,
                content=_joined(head, file.chunks, tail),
                headers=headers,
                timeout=IMPORT_TIMEOUT,
            )
        except (DeadlineExceeded, _BrokenOff) as error:
            raise (_as_unavailable(error) if dry_run else UNCERTAIN) from error

    async def _of_all(
        self, identity: Identity, path: str, answer: type[ModelT], **request: Any
    ) -> dict[str, ModelT | NaruTalkError]:
        async def ask(service: str) -> ModelT | NaruTalkError:
            try:
                return await self._call(
                    identity, service, "GET", path, answer, timeout=CALL_TIMEOUT, **request
                )
            except NaruTalkError as error:
                return error

        async with asyncio.TaskGroup() as group:
            asked = {service: group.create_task(ask(service)) for service in self._services}
        return {service: task.result() for service, task in asked.items()}

    async def _call(
        self,
        identity: Identity,
        service: str,
        method: str,
        path: str,
        answer: type[ModelT],
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> ModelT:
        signed = {**(headers or {}), "Authorization": f"Bearer {self._signer.sign(identity)}"}
        try:
            response = await self._services[service].request(method, path, headers=signed, **request)
        except httpx.TransportError as error:
            logger.warning("a service that imports was not reached", service=service, reason=repr(error))
            raise _not_reached(error) from error
        if not response.is_success:
            raise _refusal(service, response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            logger.warning("a service answered something unexpected", service=service, error=str(error))
            raise _failed() from error


class _BrokenOff(Unavailable):
    """The connection broke after something was sent."""

    default_code = "import_unavailable"


class _Told(BaseModel):
    code: str = ""
    message: str = ""
    details: dict[str, Any] = {}


class _Refused(BaseModel):
    error: _Told


def _form(fields: Mapping[str, str], file_name: str) -> tuple[str, bytes, bytes]:
    """Return the boundary of a form with one file, and what comes before and after the file."""
    boundary = secrets.token_hex(16)
    disposition = 'Content-Disposition: form-data; name="{}"'
    parts = [
        f"--{boundary}\r\n{disposition.format(name)}\r\n\r\n{value}\r\n" for name, value in fields.items()
    ]
    # As browsers write it: what would end the name, or its line, is escaped.
    name = file_name.translate({ord(sign): quote(sign) for sign in '"\r\n'})
    parts.append(f'--{boundary}\r\n{disposition.format("file")}; filename="{name}"\r\n\r\n')
    return boundary, "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


async def _joined(head: bytes, chunks: AsyncIterator[bytes], tail: bytes) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk
    yield tail


def _refusal(service: str, response: httpx.Response) -> NaruTalkError:
    """Return what a service refused as the person is told of it."""
    try:
        told = _Refused.model_validate_json(response.content).error
    except ValidationError:
        told = _Told()
    if response.status_code in _REFUSALS and told.code:
        return _REFUSALS[response.status_code](told.message, code=told.code, details=told.details)
    logger.warning("a service refused", service=service, status=response.status_code, code=told.code)
    return _unavailable() if response.status_code in _BUSY else _failed()


def _not_reached(error: httpx.TransportError) -> NaruTalkError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return _unavailable()
    if isinstance(error, httpx.TimeoutException):
        return DeadlineExceeded("The service took too long.")
    return _BrokenOff("The connection to the service broke.")


def _as_unavailable(error: NaruTalkError) -> NaruTalkError:
    return _unavailable() if isinstance(error, _BrokenOff) else error


def _unavailable() -> Unavailable:
    return Unavailable("The service that imports cannot be reached now.", code="import_unavailable")


def _failed() -> UpstreamFailed:
    return UpstreamFailed("The service could not do this.", code="import_failed")
