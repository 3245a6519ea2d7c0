"""Datasets are read with errors that name the line."""

from pathlib import Path
from typing import Any

import pytest

from evals.examples import DatasetError, TargetName, load_dataset, read_dataset
from narutalk.errors import NotFound
from tests.fakes.datasets import HEADER, example, write_dataset


def test_a_dataset_is_a_header_and_examples(tmp_path: Path) -> None:
    path = write_dataset(tmp_path / "own.jsonl", HEADER, example(0), "", example(1))
    dataset = load_dataset(str(path))
    assert (dataset.name, dataset.header.target) == ("tiny", TargetName.ROUTE)
    assert [one.id for one in dataset.examples] == ["tiny-0", "tiny-1"]
    assert dataset.examples[1].language == "ko"


def test_the_digest_changes_with_what_is_asked(tmp_path: Path) -> None:
    digests = {
        read_dataset(write_dataset(tmp_path / "a.jsonl", HEADER, example(0, inputs={"message": text}))).digest
        for text in ("one", "two", "one")
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ([HEADER, example(0), "{"], 3, "no JSON"),
        ([HEADER, example(0), "", example(0)], 4, "on line 2 already"),
        ([HEADER, example(0, language="fr")], 2, "language"),
        ([HEADER, example(0, inputs={"message": ""})], 2, "inputs.message"),
        ([HEADER, example(0, answer="x")], 2, "answer"),
        ([HEADER, example(0, reference={})], 2, "cannot be scored"),
        ([{**HEADER, "target": "moon"}, example(0)], 1, "target"),
        ([HEADER], 1, "at least one example"),
        ([], 1, "at least one example"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: list[Any], line: int, reason: str) -> None:
    path = write_dataset(tmp_path / "wrong.jsonl", *lines)
    with pytest.raises(DatasetError) as caught:
        read_dataset(path)
    assert caught.value.code == "dataset_invalid"
    assert caught.value.details["line"] == line
    assert reason in caught.value.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="UTF-8"):
        read_dataset(path)


@pytest.mark.parametrize("name", ["nothing", "../examples", "/nowhere/x.jsonl", "../datasets/routing"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(NotFound) as caught:
        load_dataset(name)
    assert caught.value.code == "dataset_not_found"
