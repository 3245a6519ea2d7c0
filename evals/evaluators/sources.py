"""Whether the right documents are found, and how far up."""

from collections.abc import Sequence

from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.examples import Example


def source_recall(example: Example, answered: Answered, _budget: float) -> Verdict:
    """Share of the expected sources that are found or cited: recall at k, k being how many were asked for."""
    found = set(answered.output["sources"])
    missing = [wanted for wanted in example.reference.sources if not found & set(wanted)]
    said = "; ".join(" or ".join(wanted) for wanted in missing)
    total = len(example.reference.sources)
    return Verdict((total - len(missing)) / total, f"missing: {said}" if missing else "")


def reciprocal_rank(example: Example, answered: Answered, _budget: float) -> Verdict:
    """1 over the rank of the first expected source, counted in documents; 0 when none is found."""
    wanted = {name for alternatives in example.reference.sources for name in alternatives}
    rank = _first_rank(answered.output["sources"], wanted)
    return Verdict(1 / rank if rank else 0.0, f"rank {rank}" if rank else "not found")


def _first_rank(found: Sequence[str], wanted: set[str]) -> int:
    return next((rank for rank, name in enumerate(dict.fromkeys(found), 1) if name in wanted), 0)


def _has_sources(example: Example) -> bool:
    return bool(example.reference.sources)


SOURCE_RECALL = Evaluator("source_recall", source_recall, _has_sources)
RECIPROCAL_RANK = Evaluator("reciprocal_rank", reciprocal_rank, _has_sources)
