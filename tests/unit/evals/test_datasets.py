"""The datasets are right: figures against SQL, sources and phrases against the sample documents."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.examples import Dataset, Example, TargetName, list_datasets, load_dataset
from narutalk.registry import AGENTS
from narutalk.settings import load_settings
from tools.sample_company.load import load_sample_company
from tools.sample_company.source import SampleDocument, read_sample_documents

ROOT = Path(__file__).parents[3]
NAMES = ("company", "company_data", "retrieval", "routing")
DATABASES = ("employees", "clients", "transactions")
LEAST_EXAMPLES = 40


def _examples() -> list[Example]:
    return [example for dataset in list_datasets() for example in dataset.examples]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The sample company's databases, attached by name."""
    data_dir = tmp_path_factory.mktemp("evals")
    load_sample_company(load_settings(data_dir=data_dir, _env_file=None), documents=False)
    with sqlite3.connect(":memory:") as connection:
        for name in DATABASES:
            connection.execute("ATTACH ? AS " + name, (str(data_dir / f"{name}.db"),))
        yield connection
    connection.close()


@pytest.fixture(scope="module")
def documents() -> dict[str, SampleDocument]:
    return {f"{one.id}.{one.format}": one for one in read_sample_documents()}


def test_there_are_four_datasets() -> None:
    assert tuple(dataset.name for dataset in list_datasets()) == NAMES
    targets = [dataset.header.target for dataset in list_datasets()]
    assert targets == [TargetName.COMPANY, TargetName.COMPANY, TargetName.SEARCH, TargetName.ROUTE]


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_is_large_and_half_korean(name: str) -> None:
    dataset = load_dataset(name)
    korean = sum(example.language == "ko" for example in dataset.examples)
    assert len(dataset.examples) >= LEAST_EXAMPLES
    assert 0.4 <= korean / len(dataset.examples) <= 0.6
    asked = [(example.inputs.before, example.inputs.message) for example in dataset.examples]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize(
    "example",
    [*load_dataset("company").examples, *load_dataset("company_data").examples],
    ids=lambda example: str(example.id),
)
def test_figures_are_what_the_database_says(company: sqlite3.Connection, example: Example) -> None:
    values = _values(company, example.metadata.get("sql", []))
    figures = [value for value in values if not isinstance(value, str)]
    assert figures == pytest.approx(list(example.reference.figures), rel=1e-9)
    assert {value for value in values if isinstance(value, str)} <= set(example.reference.phrases)
    absent = _values(company, example.metadata.get("absent_sql", []))
    assert absent == list(example.reference.absent_figures)


def _values(company: sqlite3.Connection, queries: list[str]) -> list[Any]:
    return [value for query in queries for row in company.execute(query) for value in row]


def test_every_figure_of_the_company_data_comes_from_sql() -> None:
    for example in load_dataset("company_data").examples:
        is_computed = "sql" in example.metadata or not example.reference.figures
        assert is_computed, example.id


def test_sources_exist(documents: dict[str, SampleDocument]) -> None:
    named = {name for example in _examples() for each in example.reference.sources for name in each}
    assert named
    assert named <= documents.keys()


def test_phrases_from_documents_are_in_them(documents: dict[str, SampleDocument]) -> None:
    checked = 0
    for example in load_dataset("company").examples:
        if not example.reference.sources or "sql" in example.metadata:
            continue
        texts = " ".join(documents[name].body for each in example.reference.sources for name in each)
        assert all(phrase in texts for phrase in example.reference.phrases), example.id
        checked += 1
    assert checked >= 10


def test_agents_are_registered() -> None:
    known = {agent.name for agent in AGENTS}
    assert {agent for example in _examples() for agent in example.reference.agents or ()} == known


def _folded(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def test_routing_is_not_what_the_classifier_was_trained_or_tested_on() -> None:
    files = [*ROOT.glob("graph/intents/utterances/*.txt")]
    seen = {_folded(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()}
    for path in ROOT.glob("tests/data/routing/*.jsonl"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        seen |= {_folded(json.loads(line)["message"]) for line in lines}
    assert len(seen) > 500
    routing: Dataset = load_dataset("routing")
    asked = {
        _folded(text)
        for example in routing.examples
        for text in (example.inputs.message, *example.inputs.before)
    }
    assert asked & seen == set()
