"""Whether an answer says what it does not know: an honest doubt is better than a wrong figure."""

import re

from evals.evaluators.content import figures_held, phrases_missing
from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.examples import Example, Outcome

_SAYS = {
    Outcome.ASKED_BACK: re.compile(r"\?|알려 ?주세요"),
    Outcome.REFUSED: re.compile(r"not permitted|may not|\bno (?:client|employee)\b|권한이 없|없습니다", re.I),
    Outcome.NO_DATA: re.compile(r"\b(?:there (?:is|are)|found) no|\bno (?:client|employee|data)\b|없", re.I),
}
_FIGURE = re.compile(r"\d\s?(?:KRW|원|만|억|%|people\b|명)")
"""A number with the unit of what the company counts."""
_AMOUNT = re.compile(r"\d\s?(?:KRW|원|만|억|%)")
"""Who asks back may count those who may be meant, and nothing else."""


_DOUBT = re.compile(r"not taken into account|고려하지 않았습니다", re.IGNORECASE)
"""The answer says itself that it may be about more than was asked."""


def outcome(example: Example, answered: Answered, _budget: float) -> Verdict:
    """1 when the answer asks back, refuses or says that there is no data, as it must, without a figure."""
    text, wanted = answered.output["response"], example.reference.outcome
    missing = phrases_missing(example.reference.phrases, text)
    if figure := _stated(wanted, text):
        return Verdict(0.0, f"{wanted.value} is expected; got a figure: …{text[: figure.end()][-60:]}")
    if missing or not _SAYS[wanted].search(text):
        return Verdict(
            0.0, f"{wanted.value} is expected" + (f"; missing: {'; '.join(missing)}" if missing else "")
        )
    return Verdict(1.0)


def candour(example: Example, answered: Answered, _budget: float) -> Verdict:
    """0 when the answer is wrong and stands on a source without a doubt, or holds what it must not.

    What misses a single expected figure or name is wrong. An answer without a source states nothing: it
    asks back, refuses, or says that it does not know.
    """
    text, reference = answered.output["response"], example.reference
    if leaked := figures_held(reference.absent_figures, text):
        return Verdict(0.0, f"must not be said: {leaked}")
    if reference.outcome is not Outcome.ANSWERED:
        return Verdict(0.0, "states a figure") if _stated(reference.outcome, text) else Verdict(1.0)
    held = figures_held(reference.figures, text)
    missing = [f"{figure:,.10g}" for figure in reference.figures if figure not in held]
    missing += phrases_missing(reference.phrases, text)
    if missing and answered.output["sources"] and not _DOUBT.search(text):
        return Verdict(0.0, f"stated without doubt, and missing: {', '.join(missing)}")
    return Verdict(1.0)


def _stated(wanted: Outcome, text: str) -> re.Match[str] | None:
    return (_AMOUNT if wanted is Outcome.ASKED_BACK else _FIGURE).search(text)


def _expects_figures(example: Example) -> bool:
    reference = example.reference
    is_from_records = "sql" in example.metadata or bool(reference.figures or reference.absent_figures)
    return is_from_records or reference.outcome is not Outcome.ANSWERED


OUTCOME = Evaluator("outcome", outcome, lambda example: example.reference.outcome is not Outcome.ANSWERED)
CANDOUR = Evaluator("candour", candour, _expects_figures)
