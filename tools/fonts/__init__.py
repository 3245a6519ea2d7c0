"""The Korean fonts that reports and PDFs embed: NanumGothic, SIL Open Font License 1.1 (see `OFL.txt`)."""

from importlib.resources import as_file, files
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace

REGULAR = "Nanum"
BOLD = "Nanum-Bold"

_FILES = {REGULAR: "NanumGothic.ttf", BOLD: "NanumGothicBold.ttf"}

FONTS_LOCK = Lock()
"""Guards the registered fonts: reportlab reads their files through one pointer each, which all threads share,
so that two subsets cut at once would have each other's glyphs."""

_UNKNOWN = "□"


def showable(text: str) -> str:
    """Return a text with a box for what the fonts, which must be registered, have no glyph for."""
    glyphs = face_of(REGULAR).charToGlyph
    return "".join(char if ord(char) in glyphs or char.isspace() else _UNKNOWN for char in text)


def face_of(name: str) -> TTFontFace:
    """Return the glyphs of a font, which must be registered.

    Args:
        name: `REGULAR` or `BOLD`.

    Raises:
        TypeError: It is another font of reportlab's.
    """
    font = pdfmetrics.getFont(name)
    if not isinstance(font, TTFont):
        raise TypeError(f"{name} is none of these fonts")
    return font.face


def register_fonts() -> None:
    """Makes "Nanum" and "Nanum-Bold" known to reportlab; a second call does nothing.

    They also become one family, so that `<b>` inside a "Nanum" paragraph finds "Nanum-Bold". NanumGothic has
    no italics: italic text is set upright.
    """
    with FONTS_LOCK:
        registered = pdfmetrics.getRegisteredFontNames()
        missing = [name for name in _FILES if name not in registered]
        for name in missing:
            with as_file(files(__name__).joinpath(_FILES[name])) as path:
                pdfmetrics.registerFont(TTFont(name, str(path)))
        if missing:
            pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
