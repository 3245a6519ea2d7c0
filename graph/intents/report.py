"""How well messages are routed: `python -m graph.intents.report` over the routing set of the evaluations.

The set is the one `narutalk eval run routing` asks the running company; nothing of it is trained on.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from evals.examples import Example, load_dataset
from graph.intents.classifier import IntentClassifier, load_model
from graph.routing import Route, decide
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.languages import Language
from narutalk.registry import AGENTS, GENERAL_INTENT, agent

DATASET = "routing"
BINS = 10
INTENTS = (*(str(one.intent) for one in AGENTS), GENERAL_INTENT)


class Outcome(NamedTuple):
    """One example of the routing set, decided.

    Attributes:
        found: The intent of the whole message, whatever its agents.
        confidence: Of that intent, 0 to 1.
        route: The decision, after the messages before it.
        seconds: What the decision took.
    """

    example: Example
    found: str
    confidence: float
    route: Route
    seconds: float

    @property
    def wanted(self) -> str:
        """The intent of the only agent that is wanted, or ``general`` where none is."""
        agents = self.example.reference.agents or ()
        return str(agent(agents[0]).intent) if agents else GENERAL_INTENT

    @property
    def alone(self) -> bool:
        """Whether it has one intent, and nothing before it."""
        return len(self.example.reference.agents or ()) < 2 and not self.example.inputs.before

    @property
    def exact(self) -> bool:
        """Whether exactly the wanted agents work on it."""
        return {one.agent for one in self.route.delegations} == set(self.example.reference.agents or ())


@dataclass(frozen=True)
class RoutingReport:
    """The figures of a routing set.

    Attributes:
        outcomes: Every example, in the order of the set.
    """

    outcomes: tuple[Outcome, ...]

    def accuracy(self, language: Language) -> float:
        """The share of messages with a single intent, or none, whose intent is found; 0 to 1."""
        return _share(one.found == one.wanted for one in self._of(language, lambda one: one.alone))

    def exact_match(self, language: Language) -> float:
        """The share of messages with several intents that go to exactly the wanted agents; 0 to 1."""
        return _share(one.exact for one in self._of(language, _several))

    def follow_ups(self, language: Language) -> float:
        """The share of messages with another before them that go to exactly the wanted agents; 0 to 1."""
        return _share(one.exact for one in self._of(language, lambda one: bool(one.example.inputs.before)))

    @property
    def calibration_error(self) -> float:
        """Expected calibration error over ten equal bins of confidence (Guo et al. 2017), 0 to 1."""
        alone = [one for one in self.outcomes if one.alone]
        return expected_calibration_error(
            [one.confidence for one in alone], [one.found == one.wanted for one in alone]
        )

    @property
    def coverage(self) -> float:
        """The share of messages decided without asking an LLM, 0 to 1: so many calls are saved."""
        return _share(not one.route.needs_clarification for one in self.outcomes)

    @property
    def sureness(self) -> float:
        """The share of the messages decided without an LLM that go to exactly the wanted agents, 0 to 1."""
        return _share(one.exact for one in self.outcomes if not one.route.needs_clarification)

    @property
    def median_ms(self) -> float:
        """The median time of a decision, whole message and clauses, in milliseconds."""
        return median(one.seconds for one in self.outcomes) * 1000

    def confusion(self) -> Counter[tuple[str, str]]:
        """How many messages with one intent were of one and were taken for another: (wanted, found)."""
        return Counter((one.wanted, one.found) for one in self.outcomes if one.alone)

    def _of(self, language: Language, chosen: Callable[[Outcome], bool]) -> list[Outcome]:
        return [one for one in self.outcomes if one.example.language == language and chosen(one)]


def measure(classifier: IntentClassifier, examples: Sequence[Example]) -> RoutingReport:
    """Decide every example, and the messages before it first."""
    classifier.classify(["warm up"])
    return RoutingReport(tuple(_outcome(classifier, example) for example in examples))


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Return how far confidence is from the share that is right, by bins weighted with their size; 0 to 1."""
    bins = np.minimum((np.asarray(confidences) * BINS).astype(int), BINS - 1)
    gaps = np.asarray(right, dtype=float) - np.asarray(confidences)
    return float(sum(abs(gaps[bins == number].sum()) for number in range(BINS)) / len(gaps))


def render(report: RoutingReport) -> str:
    """Return the report as text."""
    return "\n".join([*_by_language(report), "", *_overall(report), "", *_matrix(report)])


def _outcome(classifier: IntentClassifier, example: Example) -> Outcome:
    route: Route | None = None
    for message in example.inputs.before:
        route = decide(classifier, message, route.delegations if route else ())
    begun = perf_counter()
    final = decide(classifier, example.inputs.message, route.delegations if route else ())
    seconds = perf_counter() - begun
    found = max(final.scores, key=lambda intent: final.scores[intent])
    return Outcome(example, found, final.scores[found], final, seconds)


def _several(one: Outcome) -> bool:
    return len(one.example.reference.agents or ()) > 1


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def _by_language(report: RoutingReport) -> list[str]:
    lines = [f"{'':28}{'English':>10}{'Korean':>10}"]
    for title, figure in (
        ("single intent right", report.accuracy),
        ("several intents exact", report.exact_match),
        ("follow-ups exact", report.follow_ups),
    ):
        lines.append(f"{title:28}{figure(Language.EN):>10.1%}{figure(Language.KO):>10.1%}")
    return lines


def _overall(report: RoutingReport) -> list[str]:
    return [
        f"messages                    {len(report.outcomes)}",
        f"calibration error           {report.calibration_error:.3f}",
        f"decided without an LLM      {report.coverage:.1%}, {report.sureness:.1%} of them exactly right",
        f"median of a decision        {report.median_ms:.1f} ms",
    ]


def _matrix(report: RoutingReport) -> list[str]:
    counts = report.confusion()
    lines = [f"{'wanted / found':20}" + "".join(f"{intent:>19}" for intent in INTENTS)]
    for wanted in INTENTS:
        lines.append(f"{wanted:20}" + "".join(f"{counts[wanted, found]:>19}" for found in INTENTS))
    return lines


def main() -> None:
    """Measure the model that ships, and print the report."""
    classifier = IntentClassifier(load_model(), build_embedder(PACKAGED_MODEL))
    sys.stdout.write(f"{render(measure(classifier, load_dataset(DATASET).examples))}\n")


if __name__ == "__main__":
    main()
