"""The fonts inside an HTML file: only the glyphs that it uses, as WOFF in data: URLs.

reportlab cuts the subsets, as it does for PDFs; its tables are wrapped as WOFF 1.0 here
(https://www.w3.org/TR/WOFF/), with a character map that browsers read: format 4 of OpenType's `cmap` table
(https://learn.microsoft.com/typography/opentype/spec/cmap).
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from itertools import pairwise
from struct import pack, unpack, unpack_from
from typing import NamedTuple
from zlib import compress

from reportlab.pdfbase.ttfonts import TTFontMaker

from tools.fonts import BOLD, FONTS_LOCK, REGULAR, face_of, register_fonts

FAMILY = "NanumGothic"
"""The `font-family` of `font_faces`."""

_LAST_CODE = 0xFFFF
_SFNT_HEADER_BYTES, _SFNT_ENTRY_BYTES = 12, 16
_WOFF_HEADER_BYTES, _WOFF_ENTRY_BYTES = 44, 20
_GLYPHS_OF_FORMAT_6 = 22
"""Where reportlab's map, which has one table of format 6, lists the glyphs."""


class _Segment(NamedTuple):
    """Characters in a row whose glyphs are in a row, too."""

    first: int
    last: int
    glyph: int


def font_faces(regular: str, bold: str) -> str:
    """Return the CSS of two `@font-face` rules of the family `FAMILY`.

    Args:
        regular: The characters that are set upright; in any order, and as often as they occur.
        bold: Those that are set bold.

    Returns:
        The rules; characters that the fonts have no glyph for are left to the reader's own fonts.
    """
    return "".join(
        f"@font-face{{font-family:{FAMILY};font-weight:{weight};"
        f"src:url(data:font/woff;base64,{b64encode(woff(name, used)).decode()}) format('woff')}}\n"
        for name, weight, used in ((REGULAR, 400, regular), (BOLD, 700, bold))
    )


def woff(name: str, characters: Iterable[str]) -> bytes:
    """Return a font with the glyphs of some characters alone, as a WOFF file.

    Args:
        name: `REGULAR` or `BOLD`.
        characters: Those that the font has no glyph for are left out.
    """
    register_fonts()
    face = face_of(name)
    known = face.charToGlyph
    codes = sorted({code for code in map(ord, characters) if code in known and code < _LAST_CODE})
    with FONTS_LOCK:
        subset = face.makeSubset(codes)
    tables = _tables(subset)
    glyphs = unpack_from(f">{len(codes)}H", tables["cmap"], _GLYPHS_OF_FORMAT_6)
    maker = TTFontMaker()
    for tag, table in (tables | {"cmap": _character_map(dict(zip(codes, glyphs, strict=True)))}).items():
        maker.add(tag, table)
    return _wrapped(maker.makeStream())


def _tables(sfnt: bytes) -> dict[str, bytes]:
    return {
        tag.decode("ascii"): sfnt[offset : offset + length] for tag, _sum, offset, length in _directory(sfnt)
    }


def _directory(sfnt: bytes) -> list[tuple[bytes, int, int, int]]:
    """Return tag, checksum, offset and length of each table."""
    (count,) = unpack_from(">H", sfnt, 4)
    places = range(_SFNT_HEADER_BYTES, _SFNT_HEADER_BYTES + count * _SFNT_ENTRY_BYTES, _SFNT_ENTRY_BYTES)
    return [unpack(">4sLLL", sfnt[place : place + _SFNT_ENTRY_BYTES]) for place in places]


def _character_map(glyphs: Mapping[int, int]) -> bytes:
    """Return a `cmap` table of one Unicode map (Windows, BMP) in format 4.

    Args:
        glyphs: The glyph of each character, sorted by character.
    """
    segments = [*_segments(glyphs), _Segment(_LAST_CODE, _LAST_CODE, 0)]
    count = len(segments)
    power = count.bit_length() - 1
    search = 2 << power
    columns = (
        [segment.last for segment in segments],
        [0],  # padding
        [segment.first for segment in segments],
        [(segment.glyph - segment.first) & 0xFFFF for segment in segments],
        [0] * count,  # no segment has a list of glyphs
    )
    values = [value for column in columns for value in column]
    length = 2 * (7 + len(values))
    header = pack(">7H", 4, length, 0, 2 * count, search, power, 2 * count - search)
    return pack(">HHHHL", 0, 1, 3, 1, 12) + header + pack(f">{len(values)}H", *values)


def _segments(glyphs: Mapping[int, int]) -> list[_Segment]:
    codes = list(glyphs)
    breaks = [
        place
        for place, (code, following) in enumerate(pairwise(codes), start=1)
        if following != code + 1 or glyphs[following] != glyphs[code] + 1
    ]
    starts = [0, *breaks] if codes else []
    ends = [*breaks, len(codes)]
    return [
        _Segment(codes[start], codes[end - 1], glyphs[codes[start]])
        for start, end in zip(starts, ends, strict=False)
    ]


def _wrapped(sfnt: bytes) -> bytes:
    """Return a TrueType file as WOFF 1.0: each table compressed where that makes it smaller."""
    found = _directory(sfnt)
    at = _WOFF_HEADER_BYTES + len(found) * _WOFF_ENTRY_BYTES
    entries, bodies = b"", b""
    unpacked = _SFNT_HEADER_BYTES + len(found) * _SFNT_ENTRY_BYTES
    for tag, checksum, offset, length in found:
        table = sfnt[offset : offset + length]
        body = min(compress(table, 9), table, key=len)
        entries += pack(">4sLLLL", tag, at + len(bodies), len(body), length, checksum)
        bodies += body + b"\0" * (-len(body) % 4)
        unpacked += length + -length % 4
    header = pack(
        ">4sLLHHLHHLLLLL",
        *(b"wOFF", 0x00010000, at + len(bodies), len(found), 0, unpacked),
        *(1, 0, 0, 0, 0, 0, 0),  # version 1.0; neither metadata nor private data
    )
    return header + entries + bodies
