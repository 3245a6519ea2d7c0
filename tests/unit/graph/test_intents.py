"""The figures of the intent analysis, over the routing set, which nothing is trained on."""

from collections import Counter

import pytest

from evals.examples import load_dataset
from graph.intents.classifier import IntentClassifier, load_model
from graph.intents.features import neutral
from graph.intents.report import RoutingReport, expected_calibration_error, measure, render
from graph.intents.train import read_utterances
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.languages import Language, detect_language

SINGLE_ACCURACY = {Language.EN: 0.95, Language.KO: 0.93}
EXACT_MATCH = {Language.EN: 0.85, Language.KO: 0.85}
FOLLOW_UPS = {Language.EN: 0.80, Language.KO: 0.75}
CALIBRATION_ERROR = 0.06
COVERAGE = 0.93
SURENESS = 0.90
LEAST_MESSAGES = 300
LEAST_UTTERANCES = 120
NEAR_DUPLICATE = 0.7
"""The share of character trigrams, names aside, from which on two messages are the same question."""


@pytest.fixture(scope="module")
def report() -> RoutingReport:
    classifier = IntentClassifier(load_model(), build_embedder(PACKAGED_MODEL))
    return measure(classifier, load_dataset("routing").examples)


def trigrams(text: str) -> frozenset[str]:
    folded = "".join(character for character in neutral(text).casefold() if character.isalnum())
    return frozenset(folded[start : start + 3] for start in range(max(1, len(folded) - 2)))


def test_the_set_is_large_and_has_every_kind() -> None:
    examples = load_dataset("routing").examples
    kinds = Counter((tag, one.language) for one in examples for tag in one.tags)
    assert len(examples) >= LEAST_MESSAGES
    for language in Language:
        assert kinds["single", language] >= 100
        assert kinds["multi", language] >= 20
        assert kinds["general", language] >= 18
        assert kinds["follow-up", language] >= 17


def test_no_message_is_nearly_an_utterance() -> None:
    trained = [trigrams(text) for text, _intent in read_utterances()]
    for example in load_dataset("routing").examples:
        for message in (example.inputs.message, *example.inputs.before):
            asked = trigrams(message)
            nearest = max(len(asked & known) / len(asked | known) for known in trained)
            assert nearest < NEAR_DUPLICATE, message


def test_there_are_enough_utterances_of_every_intent_and_language() -> None:
    counts = Counter((intent, detect_language(text)) for text, intent in read_utterances())
    assert len(counts) == 8
    assert min(counts.values()) >= LEAST_UTTERANCES


def test_no_utterance_has_two_intents() -> None:
    texts = Counter(text.casefold() for text, _intent in read_utterances())
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("language", Language)
def test_single_intents_are_found(report: RoutingReport, language: Language) -> None:
    assert report.accuracy(language) >= SINGLE_ACCURACY[language], render(report)


@pytest.mark.parametrize("language", Language)
def test_several_intents_go_to_exactly_their_agents(report: RoutingReport, language: Language) -> None:
    assert report.exact_match(language) >= EXACT_MATCH[language], render(report)


@pytest.mark.parametrize("language", Language)
def test_follow_ups_go_where_the_conversation_goes(report: RoutingReport, language: Language) -> None:
    assert report.follow_ups(language) >= FOLLOW_UPS[language], render(report)


def test_confidence_is_calibrated(report: RoutingReport) -> None:
    assert report.calibration_error < CALIBRATION_ERROR


def test_most_messages_need_no_llm_and_are_right(report: RoutingReport) -> None:
    assert report.coverage >= COVERAGE
    assert report.sureness >= SURENESS


def test_the_confusion_matrix_counts_every_message_with_one_intent(report: RoutingReport) -> None:
    printed = render(report)

    assert report.confusion().total() == sum(one.alone for one in report.outcomes)
    assert f"messages                    {len(report.outcomes)}" in printed
    assert "wanted / found" in printed


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        ([0.95] * 20, [True] * 19 + [False], 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        ([0.55, 0.95], [True, True], (0.45 + 0.05) / 2),
    ],
)
def test_the_calibration_error_is_the_mean_gap(
    confidences: list[float], right: list[bool], error: float
) -> None:
    assert expected_calibration_error(confidences, right) == pytest.approx(error)
