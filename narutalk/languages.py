"""The languages people ask in."""

import re
from enum import StrEnum


class Language(StrEnum):
    """A supported language, by its ISO 639-1 code."""

    EN = "en"
    KO = "ko"


_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def detect_language(text: str) -> Language:
    """Return the language a sentence is asked in.

    A Korean name inside an English sentence does not make it Korean: the sentence is Korean when
    it holds at least as many Hangul syllables as Latin words.
    """
    hangul = len(_HANGUL.findall(text))
    return Language.KO if hangul and hangul >= len(_LATIN_WORD.findall(text)) else Language.EN
