"""Whether an answer says what it must: figures and phrases."""

import re

from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.evaluators.numbers import numbers_in
from evals.examples import Example


def figures(example: Example, answered: Answered, _budget: float) -> Verdict:
    """Share of the expected figures that the answer holds."""
    found = numbers_in(_plain(answered.output["response"]))
    expected = example.reference.figures
    missing = [figure for figure in expected if not any(number.stands_for(figure) for number in found)]
    return Verdict(
        1 - len(missing) / len(expected),
        f"missing: {', '.join(f'{figure:,.10g}' for figure in missing)}" if missing else "",
    )


def phrases(example: Example, answered: Answered, _budget: float) -> Verdict:
    """Share of the expected phrases that the answer holds; case and white space do not count."""
    text = _folded(answered.output["response"])
    expected = example.reference.phrases
    missing = [phrase for phrase in expected if _folded(phrase) not in text]
    return Verdict(1 - len(missing) / len(expected), f"missing: {'; '.join(missing)}" if missing else "")


def _plain(text: str) -> str:
    """Return Markdown without the marks that would part a number from its unit, and without citations."""
    return re.sub(r"\[\d+\]", " ", text.replace("**", "").replace("|", " | "))


def _folded(text: str) -> str:
    return " ".join(_plain(text).casefold().split())


FIGURES = Evaluator("figures", figures, lambda example: bool(example.reference.figures))
PHRASES = Evaluator("phrases", phrases, lambda example: bool(example.reference.phrases))
