"""How alike a question and tools' example phrases are: words and n-grams, weighted by rarity."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

HANGUL_NGRAM = 2
LATIN_NGRAM = 4
PLACEHOLDER_COUNT = 2
UNKNOWN_WEIGHT = 0.25
NEAREST = 5

WORD = re.compile(r"\{\w+\}|[A-Za-z]+|[가-힣]+|\d+")


def features(text: str) -> Counter[str]:
    """Return the features of a text: ``{argument}`` placeholders, words, and n-grams within words."""
    found: Counter[str] = Counter()
    for word in WORD.findall(text):
        if word.startswith("{"):
            found[word] += PLACEHOLDER_COUNT
            continue
        lowered = word.lower()
        found[lowered] += 1
        is_hangul = "가" <= word[0] <= "힣"
        size = HANGUL_NGRAM if is_hangul else LATIN_NGRAM
        padded = lowered if is_hangul else f"{lowered} "
        found.update(f"#{padded[start : start + size]}" for start in range(len(padded) - size + 1))
    return found


class PhraseIndex:
    """Example phrases of several tools, ready to be compared with questions.

    A feature weighs by its inverse document frequency over tools: what all tools' phrases share says little.

    Args:
        phrases: The example phrases of each tool, by the tool's name.
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._phrases = phrases
        counted = {name: [features(phrase) for phrase in texts] for name, texts in phrases.items()}
        seen: Counter[str] = Counter()
        for vectors in counted.values():
            seen.update({feature for vector in vectors for feature in vector})
        self._weights = {
            feature: math.log((1 + len(phrases)) / (1 + times)) + 0.3 for feature, times in seen.items()
        }
        self._vectors = {
            name: [self._unit(vector) for vector in vectors] for name, vectors in counted.items()
        }

    def similarity(self, tool: str, text: str) -> float:
        """Return the cosine of a text and the tool's phrase that is most like it, 0 to 1."""
        return max(self._similarities(tool, text), default=0.0)

    def nearest(self, tool: str, text: str) -> list[str]:
        """Return the tool's phrases that are most like a text, `NEAREST` at most, the likest first."""
        scored = zip(self._similarities(tool, text), self._phrases[tool], strict=True)
        return [phrase for _, phrase in sorted(scored, key=lambda entry: -entry[0])[:NEAREST]]

    def _similarities(self, tool: str, text: str) -> list[float]:
        vector = self._unit(features(text))
        return [
            sum(value * phrase.get(feature, 0.0) for feature, value in vector.items())
            for phrase in self._vectors[tool]
        ]

    def _unit(self, counts: Counter[str]) -> dict[str, float]:
        weighted = {name: count * self._weights.get(name, UNKNOWN_WEIGHT) for name, count in counts.items()}
        size = math.sqrt(sum(value * value for value in weighted.values()))
        return {name: value / size for name, value in weighted.items()} if size else {}
