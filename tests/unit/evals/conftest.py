"""A tiny dataset."""

from pathlib import Path

import pytest

from evals.examples import Dataset, read_dataset
from tests.fakes.datasets import HEADER, example, write_dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read_dataset(write_dataset(tmp_path / "tiny.jsonl", HEADER, *(example(n) for n in range(6))))
