"""Reads CSV and Excel files row by row, as text: a row never holds more of the file than itself in memory."""

import codecs
import csv
import datetime
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import charset_normalizer
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tools.imports.problems import unreadable

Row = list[str]

CHUNK_BYTES = 1024 * 1024
SAMPLE_BYTES = 64 * 1024
MAX_CELL_CHARS = 10_000
MAX_COLUMNS = 200
MAX_UNPACKED_BYTES = 1024**3
"""Of an Excel file, which is a zip: a million rows of ten columns take about half of it."""
DELIMITERS = (",", "\t", ";", "|")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
_HANGUL = re.compile(r"[가-힣]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class Sheet(NamedTuple):
    """A file's header, and its other rows as they come; rows without any text are None."""

    header: Row
    rows: Iterator[Row | None]


@contextmanager
def open_sheet(path: Path, *, encoding: str | None = None) -> Iterator[Sheet]:
    """Open a CSV file, or the first sheet of an XLSX file; which one it is, its first bytes say.

    Args:
        path: The file.
        encoding: Of a CSV file; None finds it out.

    Raises:
        InvalidInput: ``file_empty``, ``file_encoding``, ``file_broken``, ``file_type``.
    """
    with path.open("rb") as file:
        start = file.read(8)
    opened = _open_excel(path) if start.startswith(b"PK\x03\x04") else _open_csv(path, start, encoding)
    with opened as rows:
        header = next((row for row in rows if row), None)
        if header is None:
            raise unreadable("file_empty", "The file is empty.", "빈 파일입니다.")
        if len(header) > MAX_COLUMNS:
            raise unreadable("file_broken", "The file has too many columns.", "열이 너무 많습니다.")
        yield Sheet([cell.strip() for cell in header], rows)


@contextmanager
def _open_csv(path: Path, start: bytes, encoding: str | None) -> Iterator[Iterator[Row | None]]:
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise unreadable(
            "file_type",
            "Neither CSV nor XLSX; save it as one of these.",
            "CSV나 XLSX 파일이 아닙니다. 둘 중 하나로 저장해 주세요.",
        )
    try:
        file = path.open(encoding=encoding or find_encoding(path), newline="")
    except (LookupError, ValueError) as error:  # no encoding is called so, or nothing can be
        raise _no_encoding() from error
    with file:
        try:
            sample = file.readline(SAMPLE_BYTES)
            file.seek(0)
            yield _csv_rows(csv.reader(file, delimiter=_delimiter(sample), strict=True))
        except UnicodeError as error:
            raise _no_encoding() from error


def _csv_rows(reader: Any) -> Iterator[Row | None]:
    try:
        for row in reader:
            yield row if any(cell.strip() for cell in row) else None
    except csv.Error as error:
        raise unreadable(
            "file_broken",
            f"Line {reader.line_num} cannot be read: {error}.",
            f"{reader.line_num}번째 줄을 읽을 수 없습니다.",
            line=reader.line_num,
        ) from error


def _delimiter(first_line: str) -> str:
    return max(DELIMITERS, key=first_line.count)


def find_encoding(path: Path) -> str:
    """Return the encoding of a text file: UTF-8, UTF-16, CP949, or what a detector says of other ones.

    Raises:
        InvalidInput: ``file_encoding``: none fits.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return _utf16(path, sample)
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "cp949") and _is_korean(sample.decode("cp949", errors="ignore")):
        return "cp949"
    best = charset_normalizer.from_bytes(
        sample, cp_isolation=[WESTERN, "shift_jis", "gb18030", "big5"]
    ).best()
    if best is not None and _decodes(path, best.encoding):
        return best.encoding
    raise _no_encoding()


def _utf16(path: Path, sample: bytes) -> str:
    """Without a mark: Latin letters, commas and ends of lines have a zero byte before or after them."""
    little = sample[1::2].count(0) >= sample[0::2].count(0)
    encoding = "utf-16-le" if little else "utf-16-be"
    if not _decodes(path, encoding):
        raise _no_encoding()
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _is_korean(text: str) -> bool:
    """Whether most letters beyond ASCII are Hangul: Western text now and then decodes as CP949, too."""
    return 2 * len(_HANGUL.findall(text)) >= len(_BEYOND_ASCII.findall(text))


def _no_encoding() -> Exception:
    return unreadable(
        "file_encoding",
        "The file's encoding is not recognised; save it as UTF-8.",
        "파일의 인코딩을 알 수 없습니다. UTF-8로 저장해 주세요.",
    )


@contextmanager
def _open_excel(path: Path) -> Iterator[Iterator[Row | None]]:
    _refuse_bomb(path)
    # Opened here: of a path, openpyxl takes those alone whose names end as it expects.
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise _broken_excel() from error
        try:
            sheet = book.worksheets[0] if book.worksheets else None
            yield _excel_rows(sheet) if sheet is not None else iter(())
        finally:
            book.close()


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _broken_excel() from error
    if size > MAX_UNPACKED_BYTES:
        raise unreadable("file_broken", "The workbook unpacks to too much.", "통합 문서가 너무 큽니다.")


def _excel_rows(sheet: Any) -> Iterator[Row | None]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for cells in sheet.iter_rows(values_only=True):
        row = [_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        yield row if any(cell.strip() for cell in row) else None


def _text(cell: Any) -> str:
    """Return a cell as it would stand in a CSV file."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()
    if isinstance(cell, float):
        # The shortest decimal that is this float: 0.1 stays 0.1, and 3.0 becomes 3.
        decimal = Decimal(repr(cell))
        return format(decimal.to_integral_value() if decimal == decimal.to_integral_value() else decimal, "f")
    return str(cell)


def _broken_excel() -> Exception:
    return unreadable("file_broken", "The workbook cannot be read.", "통합 문서를 읽을 수 없습니다.")
