"""The Korean fonts that PDFs embed: NanumGothic, SIL Open Font License 1.1 (see `OFL.txt`)."""

from importlib.resources import as_file, files

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "Nanum"
BOLD = "Nanum-Bold"

_FILES = {REGULAR: "NanumGothic.ttf", BOLD: "NanumGothicBold.ttf"}


_UNKNOWN = "□"


def showable(text: str) -> str:
    """Return a text with a box for what the fonts, which must be registered, have no glyph for."""
    font = pdfmetrics.getFont(REGULAR)
    glyphs = font.face.charToGlyph if isinstance(font, TTFont) else {}
    return "".join(char if ord(char) in glyphs or char.isspace() else _UNKNOWN for char in text)


def register_fonts() -> None:
    """Makes "Nanum" and "Nanum-Bold" known to reportlab; a second call does nothing.

    They also become one family, so that `<b>` inside a "Nanum" paragraph finds "Nanum-Bold". NanumGothic has
    no italics: italic text is set upright.
    """
    registered = pdfmetrics.getRegisteredFontNames()
    missing = [name for name in _FILES if name not in registered]
    for name in missing:
        with as_file(files(__name__).joinpath(_FILES[name])) as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    if missing:
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
