"""The pages of documents: the list with the upload, one as text with the cited passage marked, its file."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.http import content_disposition_header

from django_admin.accounts.identity import identity_of
from django_admin.accounts.models import User
from django_admin.accounts.roles import has_role
from django_admin.config.body_limit import FILES_AT_ONCE
from django_admin.config.threads import in_database
from django_admin.gateway.document_schemas import Passage
from django_admin.gateway.state import gateway_of
from django_admin.page_language import page_language
from django_admin.web.document_strings import document_strings
from django_admin.web.errors import error_page
from django_admin.web.markdown import safe_html
from django_admin.web.passages import Cited, find_cited, new_headings, part_of, path_of, sheet_of
from narutalk.errors import NaruTalkError, NotFound
from narutalk.identity import Identity, Role

MAX_GROUPS = 200
FORMATS = {
    "PDF": "pdf",
    "Word": "docx",
    "PowerPoint": "pptx",
    "Excel": "xlsx",
    "CSV": "csv,tsv",
    "HTML": "html,htm",
    "Markdown": "md,markdown",
    "TXT": "txt",
}
"""The kinds of files there are, and their endings."""


async def documents(request: HttpRequest) -> HttpResponse:
    """The documents a person may read, and where they add some; what it shows, it fetches from the API."""
    limits = gateway_of(request).settings
    config: dict[str, Any] = {
        "csrfToken": get_token(request),
        "language": page_language(),
        "maxFileBytes": limits.max_upload_bytes,
        "maxUploadBytes": FILES_AT_ONCE * limits.max_upload_bytes,
        "strings": document_strings(),
    }
    groups = await in_database(_groups_to_choose, await request.auser())
    return render(request, "web/documents.html", {"config": config, "groups": groups, "formats": FORMATS})


async def document(request: HttpRequest, document_id: str) -> HttpResponse:
    """A document as text; ``?passage=``, or ``?page=``, ``?section=`` and ``?quote=`` say what was cited."""
    try:
        found = await gateway_of(request).documents.read(await _identity(request), document_id)
    except NaruTalkError as error:
        return error_page(request, error.status)
    passages = sorted(found.passages, key=lambda passage: passage.index)
    cited = find_cited(passages, _cited(request))
    part = part_of(passages, cited, _number(request.GET.get("part")))
    shown = {
        "document": found,
        "passages": _shown(part.passages, title=found.title, cited=cited.index if cited else None),
        "part": part,
    }
    return render(request, "web/document.html", shown)


async def document_file(request: HttpRequest, document_id: str) -> HttpResponse | StreamingHttpResponse:
    """A document's original file, streamed; always a download, so that nothing in it runs here."""
    try:
        file = await gateway_of(request).documents.open_file(await _identity(request), document_id)
    except NaruTalkError as error:
        return error_page(request, error.status)
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return StreamingHttpResponse(file.chunks, content_type=file.content_type, headers=headers)


def _groups_to_choose(user: object) -> list[str]:
    """Return whom a person may choose as readers: their own groups, an administrator all there are."""
    known = Group.objects if has_role(user, Role.ADMIN) else user.groups  # type: ignore[attr-defined]
    return list(known.order_by("name").values_list("name", flat=True)[:MAX_GROUPS])


async def _identity(request: HttpRequest) -> Identity:
    user = await request.auser()
    if not isinstance(user, User):
        raise NotFound("document")
    return await in_database(identity_of, user)


def _cited(request: HttpRequest) -> Cited:
    given = request.GET
    return Cited(
        passage=_number(given.get("passage")),
        page=_number(given.get("page")),
        section=given.get("section", ""),
        quote=given.get("quote", "").rstrip("…"),
    )


def _number(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else None


def _shown(passages: Sequence[Passage], *, title: str, cited: int | None) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    page, sheet = None, ""
    above: tuple[str, ...] = (title,)
    for passage in passages:
        headings = new_headings(passage, above)
        on_sheet = sheet_of(passage)
        shown.append(
            {
                "index": passage.index,
                "html": safe_html(passage.text),
                "headings": headings,
                "new_page": passage.page if passage.page != page else None,
                "new_sheet": on_sheet if on_sheet != sheet else "",
                "cited": passage.index == cited,
            }
        )
        page, sheet, above = passage.page, on_sheet, (title, *path_of(passage))
    return shown
