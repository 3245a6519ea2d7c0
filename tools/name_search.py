"""Finds names by what people type: a part of one, in either script, however spelled, spaced or hyphenated."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from tools.romanization import plain, rough, sound

MIN_SOUND_CHARS = 4
MIN_NEAR_CHARS = 6
"""Letters, and in Hangul the parts of syllables: a slip in fewer makes another name of it."""
NEAR_SCORE = 85
"""Of `rapidfuzz.fuzz`, 0 to 100: a slip in seven letters."""
AS_NEAR = 4
"""What is this much less like the text than the best is found too."""

_NOT_LETTERS = re.compile(r"[^a-z0-9가-힣]")
_POSSESSIVE = re.compile(r"['’]s$")
_WORD = re.compile(r"[a-z0-9]+|[가-힣]+")


def name_key(name: str) -> str:
    """Return the letters and digits of a name, in small letters: "Kim, Min-su" and "kim minsu" are alike."""
    return _NOT_LETTERS.sub("", _POSSESSIVE.sub("", plain(name)))


class NameSearch:
    """The names of things, to be searched.

    Args:
        spellings: Of each thing the names it goes by.
    """

    def __init__(self, spellings: Sequence[Sequence[str]]) -> None:
        self._spellings = spellings

    def find(self, text: str) -> list[int]:
        """Return the positions of the things that a text may mean, in order; none for a text without letters.

        Those whose name holds the text; else those whose name holds each of its words; else those with a
        name that sounds like it, or has a part that does; else those with a name that is nearly the text.
        """
        return self.holding(text) or self._sounding(text) or self._near(name_key(text))

    def holding(self, text: str) -> list[int]:
        """Return the positions of the things whose name holds a text, or else each of its words."""
        wanted, words = name_key(text), _WORD.findall(plain(text))
        if not wanted:
            return []
        return self._with_all([wanted]) or (self._with_all(words) if len(words) > 1 else [])

    def _with_all(self, parts: Sequence[str]) -> list[int]:
        return [
            position
            for position, keys in enumerate(self._keys)
            if any(all(part in key for part in parts) for key in keys)
        ]

    def _sounding(self, text: str) -> list[int]:
        wanted = sound(text)
        roughly = rough(wanted)
        if len(roughly) < MIN_SOUND_CHARS:
            return []
        scores = {
            position: max(
                fuzz.partial_ratio(wanted, sounded)
                for sounded, rough_key in zip(*sounds, strict=True)
                if roughly in rough_key
            )
            for position, sounds in enumerate(self._sounds)
            if any(roughly in rough_key for rough_key in sounds[1])
        }
        best = max(scores.values(), default=0.0)
        return [position for position, score in scores.items() if score == best]

    def _near(self, wanted: str) -> list[int]:
        letters = _letters(wanted)
        if len(letters) < MIN_NEAR_CHARS:
            return []
        scores: dict[int, float] = {}
        owners, names = self._parts
        for scorer in (fuzz.ratio, fuzz.partial_ratio):
            # `partial_ratio` would find a short name inside a long text: those are not asked for.
            fitting = (
                names if scorer is fuzz.ratio else [n if len(n) >= len(letters) else None for n in names]
            )
            for _, score, place in process.extract(
                letters, fitting, scorer=scorer, score_cutoff=NEAR_SCORE, limit=None
            ):
                owner = owners[place]
                scores[owner] = max(score, scores.get(owner, 0.0))
        best = max(scores.values(), default=0.0)
        return sorted(position for position, score in scores.items() if score >= best - AS_NEAR)

    @cached_property
    def _keys(self) -> list[list[str]]:
        return [[name_key(name) for name in names] for names in self._spellings]

    @cached_property
    def _sounds(self) -> list[tuple[list[str], list[str]]]:
        sounded = [[sound(name) for name in names] for names in self._spellings]
        return [(sounds, [rough(one) for one in sounds]) for sounds in sounded]

    @cached_property
    def _parts(self) -> tuple[list[int], list[str]]:
        """Whose each name is, and the names in letters."""
        pairs = [(position, _letters(key)) for position, keys in enumerate(self._keys) for key in keys]
        return [position for position, _ in pairs], [letters for _, letters in pairs]


def _letters(key: str) -> str:
    """Return a key with its Hangul syllables in parts, so that one wrong vowel is one slip."""
    return unicodedata.normalize("NFD", key)
