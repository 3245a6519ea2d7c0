"""The page on which the company's data is imported, and what is downloaded from it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from django_admin.accounts.identity import identity_of
from django_admin.accounts.models import User
from django_admin.accounts.roles import may_import
from django_admin.config.threads import in_database
from django_admin.gateway.state import gateway_of
from django_admin.imports.access import access_job
from django_admin.imports.models import ImportJob
from django_admin.page_language import page_language
from django_admin.web.errors import error_page
from django_admin.web.import_strings import import_strings
from narutalk.errors import NaruTalkError

BOM = "\ufeff"  # without it Excel takes UTF-8 for the machine's own encoding
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp949": "CP949 · EUC-KR (한국어)",
    "cp1252": "Windows-1252 (Western)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Кириллица)",
    "shift_jis": "Shift_JIS (日本語)",
    "gb18030": "GB18030 (简体中文)",
    "big5": "Big5 (繁體中文)",
}
"""What a CSV file may be chosen to be in, and its name for people; any other, over the API."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


async def imports(request: HttpRequest, import_id: UUID | None = None) -> HttpResponse:
    """The page, empty or with an import; whose it is, the API checks, and what it shows is fetched there."""
    await _importer(request)
    config: dict[str, Any] = {
        "csrfToken": get_token(request),
        "language": page_language(),
        "importId": str(import_id) if import_id else None,
        "maxFileBytes": gateway_of(request).settings.max_upload_bytes,
        "strings": import_strings(),
    }
    return render(request, "web/imports.html", {"config": config, "encodings": ENCODINGS})


async def template(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """An empty file of a kind: its columns' usual names, in English or in Korean."""
    user = await _importer(request)
    try:
        _service, found = await gateway_of(request).imports.find(await in_database(identity_of, user), kind)
    except NaruTalkError as error:
        return error_page(request, error.status)
    titles = [field.titles.ko if language == "ko" else field.titles.en for field in found.fields]
    return _download(f"{kind}-{language}.csv", [titles])


async def problems(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What is wrong in an import's rows, as CSV."""
    try:
        job = await in_database(_with_problems, await _importer(request), import_id)
    except NaruTalkError as error:
        return error_page(request, error.status)
    language = page_language()
    header = [_("Row"), _("Column"), _("Value"), _("Problem"), _("Code")]
    rows = [
        [found["row"], found["column"], found["value"], found["reason"][language], found["code"]]
        for found in job.problems
    ]
    name = job.file_name.rsplit(".", 1)[0]
    return _download(f"{name}-problems.csv", [header, *rows])


async def _importer(request: HttpRequest) -> User:
    user = await request.auser()
    if not isinstance(user, User) or not may_import(user):
        raise PermissionDenied
    return user


def _with_problems(user: User, import_id: UUID) -> ImportJob:
    job = access_job(user, import_id)
    job.refresh_from_db(fields=["problems"])
    return job


def _download(name: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    text = StringIO()
    text.write(BOM)
    csv.writer(text).writerows([[_plain(cell) for cell in row] for row in rows])
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def _plain(cell: Any) -> Any:
    """Return what a spreadsheet does not take for a formula: cells come from files of others."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_SIGNS) else cell
