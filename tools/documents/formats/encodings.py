"""Finds out how a text is encoded: UTF-8, UTF-16, CP949 (with EUC-KR), or what a detector recognises."""

import codecs
import re
from collections import Counter

import charset_normalizer

from tools.documents.blocks import UnreadableDocument

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 64 * 1024
OTHERS = ["cp1252", "shift_jis", "euc_jp", "gb18030", "big5"]
USUAL_SHARE = 0.8
MAX_DAMAGED = 0.02
"""Share of the characters beyond ASCII that may be broken, as at the end of a file that was cut off."""
_HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
MAX_CONTROL = 0.01


def decode(content: bytes, *, declared: str | None = None) -> str:
    """Return a file's text with ``\\n`` at the ends of its lines.

    Args:
        content: The whole file.
        declared: The encoding that the file itself names; believed where it fits.

    Raises:
        UnreadableDocument: ``document_encoding``: it is in none that is recognised, or no text.
    """
    text = _decode(content, declared)
    if text is None or len(_CONTROL.findall(text)) > MAX_CONTROL * len(text):
        raise UnreadableDocument("The encoding of its text is not recognised.", code="document_encoding")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _decode(content: bytes, declared: str | None) -> str | None:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return _strict(content, encoding)
    if b"\0" in content[:SAMPLE_BYTES]:
        return _utf16_without_mark(content)
    for encoding in filter(None, ("utf-8", declared)):
        text = _strict(content, encoding)
        if text is not None:
            return text
    return _korean(content) or _nearly(content, "utf-8") or _nearly(content, "cp949") or _detected(content)


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _utf16_without_mark(content: bytes) -> str | None:
    """Spaces, digits and ends of lines have a zero byte: before or after, which says the order."""
    sample = content[:SAMPLE_BYTES]
    little = sample[1::2].count(0) >= sample[0::2].count(0)
    return _strict(content, "utf-16-le" if little else "utf-16-be")


def _korean(content: bytes) -> str | None:
    """CP949 holds EUC-KR. Western and Japanese text now and then decodes too, but not into Hangul."""
    text = _strict(content, "cp949")
    return text if text is not None and _is_hangul(text) else None


def _is_hangul(text: str) -> bool:
    """Whether most of a text beyond ASCII is Hangul in everyday syllables: those of EUC-KR's table."""
    beyond = len(_BEYOND_ASCII.findall(text))
    syllables = Counter(_HANGUL.findall(text))
    usual = sum(count for syllable, count in syllables.items() if _is_usual(syllable))
    return not beyond or (usual >= beyond / 2 and usual >= USUAL_SHARE * syllables.total())


def _is_usual(syllable: str) -> bool:
    return len(syllable.encode("euc_kr", errors="ignore")) == 2


def _nearly(content: bytes, encoding: str) -> str | None:
    text = content.decode(encoding, errors="replace")
    broken = text.count("\ufffd")
    fits = broken <= max(1, MAX_DAMAGED * len(_BEYOND_ASCII.findall(text))) and broken < len(text) / 2
    return text if fits and (encoding == "utf-8" or _is_hangul(text)) and len(text) > broken + 1 else None


def _detected(content: bytes) -> str | None:
    best = charset_normalizer.from_bytes(content[:SAMPLE_BYTES], cp_isolation=OTHERS).best()
    return _strict(content, best.encoding) if best is not None else None
