"""What a report's file says, whatever its format, and which of some values stand in it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from io import BytesIO
from zipfile import ZipFile

from pypdf import PdfReader
from pypdf.generic import Destination
from pypdfium2 import PdfDocument

from tools.reports.content import Draft
from tools.reports.files import ReportFormat

_TEXT = re.compile(r">([^<]+)<")
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_SPACE = re.compile(r"\s+")
_QUOTED = re.compile(r'\b(?:name|display|tooltip|location|aria-label|title)="([^"]*)"')


def told_by(body: bytes, file_format: ReportFormat) -> str:
    """Return all text of a file: also of charts, sheets' names, outlines and the file's properties."""
    if file_format == "html":
        return _told_by_markup(_STYLE.sub("", body.decode()))
    if file_format == "xlsx":
        with ZipFile(BytesIO(body)) as parts:
            return "\n".join(_told_by_markup(parts.read(name).decode()) for name in parts.namelist())
    with PdfDocument(body) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    read = PdfReader(BytesIO(body))
    outline = [str(entry.title) for entry in read.outline if isinstance(entry, Destination)]
    return "\n".join([*pages, *outline, *map(str, (read.metadata or {}).values())])


def held_by(told: str, marks: Iterable[str]) -> set[str]:
    """Return the values that a text holds: numbers as whole ones, words wherever lines break."""
    numbers = set(re.findall(r"\d+", told.replace(",", "")))
    squeezed = _SPACE.sub("", told)
    return {
        mark for mark in marks if (mark in numbers if mark.isdigit() else _SPACE.sub("", mark) in squeezed)
    }


def without_queries(draft: Draft) -> Draft:
    """Return what a draft says but for its SQL, which is each database's own."""
    return replace(draft, sections=tuple(replace(section, queries=()) for section in draft.sections))


def _told_by_markup(text: str) -> str:
    return unescape("\n".join([*_TEXT.findall(text), *_QUOTED.findall(text)]))
