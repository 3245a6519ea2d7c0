"""The dataset `company_data`, asked of the whole company with the offline model.

The dataset says what is asked, by whom, and what is right; its figures are computed by the SQL beside them,
which `tests/unit/evals/test_datasets.py` runs. Questions tagged ``held-out`` were written first and never
looked at while phrases, finders and tools were made better: their share says what a new question may expect.
"""

import asyncio

import pytest

from evals.examples import Dataset, Example, Outcome, TargetName, load_dataset
from evals.langsmith_client import offline_client
from evals.results import Result
from evals.runner import Parameters, run_dataset
from evals.targets import open_target
from tests.company import Company

pytestmark = pytest.mark.slow

LEAST_RIGHT = 0.95
LEAST_RIGHT_HELD_OUT = 0.9
HELD_OUT = "held-out"
CONTENT = ("figures", "phrases", "outcome")
TIMEOUT_SECONDS = 60
DATASET = load_dataset("company_data")


class Asked:
    """What was answered; each question is asked once, whichever test comes first."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._results: dict[str, Result] = {}

    def result(self, example: Example) -> Result:
        """Ask a question with its asker's rights, or return what was answered before."""
        if example.id not in self._results:
            self._results[example.id] = asyncio.run(self._ask(example))
        return self._results[example.id]

    def wrong(self) -> dict[str, str]:
        """Return the questions with a wrong answer, by id, and what is wrong with it."""
        said = {example.id: below_one(self.result(example), *CONTENT) for example in DATASET.examples}
        return {key: text for key, text in said.items() if text}

    async def _ask(self, example: Example) -> Result:
        settings, one = self._company.settings, Dataset(header=DATASET.header, examples=(example,))
        async with open_target(TargetName.COMPANY, settings, timeout_seconds=TIMEOUT_SECONDS) as target:
            [result] = await run_dataset(one, target, offline_client(), parameters=Parameters(concurrency=1))
        return result


def below_one(result: Result, *evaluators: str) -> str:
    """Return what is said of the scores below 1; empty when there are none."""
    scores = [score for score in result.scores if score.evaluator in evaluators]
    said = [score.comment for score in scores if score.value is None or score.value < 1]
    return f"{result.inputs['message']}: {'; '.join(said)}" if said or result.error else ""


@pytest.fixture(scope="module")
def asked(company: Company) -> Asked:
    return Asked(company)


@pytest.mark.parametrize("example", DATASET.examples, ids=lambda example: str(example.id))
def test_no_wrong_figure_is_stated_without_doubt(asked: Asked, example: Example) -> None:
    result = asked.result(example)
    assert not result.error
    assert not below_one(result, "candour")


@pytest.mark.timeout(600)
def test_nearly_all_answers_are_right(asked: Asked) -> None:
    wrong = asked.wrong()
    held_out = {example.id for example in DATASET.examples if HELD_OUT in example.tags}
    right, right_held_out = (
        1 - len(wrong) / len(DATASET.examples),
        1 - len(held_out & wrong.keys()) / len(held_out),
    )
    told = f"{right:.1%} right, of those held out {right_held_out:.1%}. Wrong: {wrong}"
    assert right >= LEAST_RIGHT, told
    assert right_held_out >= LEAST_RIGHT_HELD_OUT, told


def test_every_kind_of_question_is_among_them() -> None:
    tags = [tag for example in DATASET.examples for tag in example.tags]
    least = {"employee": 50, "client": 50, "cross": 10, "ambiguous": 5, "forbidden": 8, "no-data": 8}
    assert {tag: tags.count(tag) for tag in least if tags.count(tag) < least[tag]} == {}
    assert tags.count(HELD_OUT) >= 40
    refused = [example for example in DATASET.examples if example.reference.outcome is Outcome.REFUSED]
    assert not any("admin" in example.inputs.asker.roles for example in refused)
