"""HTML reports carry the glyphs that they use of the font that the PDFs are set in."""

import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from struct import pack, unpack_from
from zlib import decompress

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile, TTFontMaker

from narutalk.languages import Language
from tests.unit.tools.reports.samples import content, wide_table
from tools.fonts import BOLD, REGULAR, face_of, register_fonts
from tools.fonts.web import font_faces, woff
from tools.reports.html import render_html
from tools.reports.pdf import render_pdf

_EMBEDDED = re.compile(r"@font-face\{[^}]*font-weight:(\d+);src:url\(data:font/woff;base64,([^)]+)\)")
_TAG = re.compile(r"<[^>]+>")
HANGUL = "".join(map(chr, range(0xAC00, 0xAC00 + 600)))


def _unwrapped(file: bytes) -> TTFontFile:
    """Return a WOFF file's font, read by another reader than wrote it; its parts have to be where it says."""
    signature, flavor, length, count, reserved, unpacked = unpack_from(">4sLLHHL", file)
    assert (signature, flavor, length, reserved) == (b"wOFF", 0x00010000, len(file), 0)
    maker = TTFontMaker()
    total = 12 + 16 * count
    for place in range(count):
        tag, offset, packed, size, _sum = unpack_from(">4sLLLL", file, 44 + 20 * place)
        assert offset % 4 == 0
        body = file[offset : offset + packed]
        table = body if packed == size else decompress(body)
        assert len(table) == size
        total += size + -size % 4
        maker.add(tag.decode(), table)
    assert total == unpacked
    return TTFontFile(BytesIO(maker.makeStream()), validate=1)


def _fonts(page: str) -> dict[str, TTFontFile]:
    return {weight: _unwrapped(b64decode(file)) for weight, file in _EMBEDDED.findall(page)}


@pytest.fixture(autouse=True, scope="module")
def registered() -> None:
    register_fonts()


def _outline(font: TTFontFile, character: str) -> bytes:
    """Return a simple glyph's own data."""
    glyph = font.charToGlyph[ord(character)]
    start, end = font.glyphPos[glyph], font.glyphPos[glyph + 1]
    data: bytes = font.get_table("glyf")[start:end]
    return data.rstrip(b"\0")


@pytest.mark.parametrize("language", list(Language))
def test_every_letter_of_a_page_is_in_its_fonts(language: Language) -> None:
    page = render_html(content(language, wide_table(language, 4), sections=3)).decode()
    body = page[page.index("<body>") :]

    fonts = _fonts(page)

    assert set(fonts) == {"400", "700"}
    for weight, name, shown in (
        ("400", REGULAR, body),
        ("700", BOLD, "".join(re.findall(r"<(?:h\d|th|b|figcaption)\b.*?</(?:h\d|th|b|figcaption)>", body))),
    ):
        whole = face_of(name)
        for letter in set(unescape(_TAG.sub("", shown))) - {"\n"}:
            assert fonts[weight].charWidths[ord(letter)] == whole.charWidths[ord(letter)], letter
    assert _outline(fonts["400"], "1") == _outline(face_of(REGULAR), "1")
    assert _outline(fonts["700"], "1") == _outline(face_of(BOLD), "1")
    assert len(page) < 200_000


def test_a_font_has_only_what_is_used() -> None:
    font = _unwrapped(woff(REGULAR, "가나다 abc!한\uffff\U0001f600"))

    mapped = {code for code, glyph in font.charToGlyph.items() if glyph}
    # reportlab reads a space as a no-break space, too.
    assert mapped - {0xA0} == set(map(ord, "가나다 abc!한"))


def test_a_page_without_bold_text_has_its_fonts_all_the_same() -> None:
    fonts = _fonts(font_faces("a", ""))

    assert [sum(map(bool, fonts[weight].charToGlyph.values())) for weight in ("400", "700")] == [1, 0]


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 1000)
    yield
    sys.setswitchinterval(before)


def test_fonts_that_are_cut_at_once_are_those_cut_alone(restless_threads: None) -> None:
    # Syllables are put together from parts, which are looked up through a pointer that threads share.
    pieces = [HANGUL[start : start + 200] for start in range(0, 600, 50)]
    alone = [woff(REGULAR, piece) for piece in pieces]

    with ThreadPoolExecutor(8) as threads:
        report = threads.submit(render_pdf, content(Language.KO, wide_table(Language.KO)))
        at_once = [made for _ in range(4) for made in threads.map(lambda piece: woff(REGULAR, piece), pieces)]

    assert at_once == alone * 4
    assert report.result().startswith(b"%PDF")


def test_character_maps_are_of_the_format_that_browsers_read() -> None:
    file = woff(REGULAR, "ab나")
    font = _unwrapped(file)

    table = font.get_table("cmap")
    assert table.startswith(pack(">HHHHLH", 0, 1, 3, 1, 12, 4))
    segments = unpack_from(">H", table, 12 + 6)[0] // 2
    assert unpack_from(f">{segments}H", table, 12 + 14) == (ord("b"), ord("나"), 0xFFFF)
