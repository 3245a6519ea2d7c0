"""Whether an answer says what it must: figures and phrases."""

import re
from collections.abc import Iterable

from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.evaluators.numbers import numbers_in
from evals.examples import Example


def figures(example: Example, answered: Answered, _budget: float) -> Verdict:
    """Share of the expected figures that the answer holds."""
    expected = example.reference.figures
    held = figures_held(expected, answered.output["response"])
    missing = [figure for figure in expected if figure not in held]
    return Verdict(
        1 - len(missing) / len(expected),
        f"missing: {', '.join(f'{figure:,.10g}' for figure in missing)}" if missing else "",
    )


def phrases(example: Example, answered: Answered, _budget: float) -> Verdict:
    """Share of the expected phrases that the answer holds; case and white space do not count."""
    expected = example.reference.phrases
    missing = phrases_missing(expected, answered.output["response"])
    return Verdict(1 - len(missing) / len(expected), f"missing: {'; '.join(missing)}" if missing else "")


def figures_held(figures: Iterable[float], text: str) -> list[float]:
    """Return those of the figures that a text holds, however they are written."""
    found = numbers_in(_plain(text))
    return [figure for figure in figures if any(number.stands_for(figure) for number in found)]


def phrases_missing(phrases: Iterable[str], text: str) -> list[str]:
    """Return those of the phrases that a text does not hold; case and white space do not count."""
    folded = _folded(text)
    return [phrase for phrase in phrases if _folded(phrase) not in folded]


def _plain(text: str) -> str:
    """Return Markdown without the marks that would part a number from its unit, and without citations."""
    return re.sub(r"\[\d+\]", " ", text.replace("**", "").replace("|", " | "))


def _folded(text: str) -> str:
    return " ".join(_plain(text).casefold().split())


FIGURES = Evaluator("figures", figures, lambda example: bool(example.reference.figures))
PHRASES = Evaluator("phrases", phrases, lambda example: bool(example.reference.phrases))
