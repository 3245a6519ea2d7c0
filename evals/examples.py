"""Datasets: JSONL files whose first line describes the dataset and whose other lines are its examples.

{"name": "routing", "target": "route", "latency_budget_seconds": 1.0, "description": "…"}
{"id": "ro-001", "language": "en", "inputs": {"message": "…"}, "reference": {"agents": ["client"]},
 "tags": ["single"], "metadata": {}}
"""

import hashlib
import json
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from narutalk.errors import InvalidInput, NotFound
from narutalk.identity import Role
from narutalk.languages import Language

FOLDER = Path(__file__).parent / "datasets"
SUFFIX = ".jsonl"
MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_EXAMPLES = 10_000
DIGEST_CHARS = 12

Model = TypeVar("Model", bound=BaseModel)


class TargetName(StrEnum):
    """What a dataset's questions are asked."""

    ROUTE = "route"
    SEARCH = "search"
    COMPANY = "company"


class Outcome(StrEnum):
    """How a right answer ends.

    All but ``answered`` state no figure: the answer asks what is meant, says that the person may not see it,
    or says that there is no data.
    """

    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    REFUSED = "refused"
    NO_DATA = "no_data"


class Asker(BaseModel):
    """With whose rights is asked.

    Attributes:
        roles: As in `narutalk.identity.Role`.
        groups: Such as ``region:BUS`` or ``employee:E0015``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: tuple[Role, ...] = (Role.USER,)
    groups: tuple[str, ...] = ()


EVERYTHING = Asker(roles=(Role.USER, Role.ADMIN))


class Inputs(BaseModel):
    """What is asked.

    Attributes:
        message: The question.
        before: Questions asked before it in the same conversation, oldest first.
        asker: With whose rights; an administrator's where nothing is said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str = Field(min_length=1, max_length=8000)
    before: tuple[str, ...] = ()
    asker: Asker = EVERYTHING


class Reference(BaseModel):
    """What a right answer looks like; what is None or empty is not scored.

    Attributes:
        agents: Exactly who works on it; an empty list means nobody.
        sources: File names or tables that are found or cited. Each entry is a list of alternatives, of which
            one is enough.
        figures: Numbers that the answer holds: KRW, days, percent and so on, without their unit.
        phrases: Texts that the answer holds, in any case.
        outcome: How it ends; anything but ``answered`` is scored by itself.
        absent_figures: Numbers that the answer must not hold, such as those that the person may not see.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    agents: tuple[str, ...] | None = None
    sources: tuple[tuple[str, ...], ...] = ()
    figures: tuple[float, ...] = ()
    phrases: tuple[str, ...] = ()
    outcome: Outcome = Outcome.ANSWERED
    absent_figures: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _expects_something(self) -> "Reference":
        is_answered = self.outcome is Outcome.ANSWERED
        if is_answered and self.agents is None and not (self.sources or self.figures or self.phrases):
            raise ValueError("an example without agents, sources, figures or phrases cannot be scored")
        return self


class Example(BaseModel):
    """One question with its right answer.

    Attributes:
        id: Unique in its dataset and never reused: runs are compared by it.
        metadata: Where the reference comes from, such as the SQL that figures were computed by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[\w.-]{1,64}$")
    language: Language
    inputs: Inputs
    reference: Reference
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}


class Header(BaseModel):
    """The first line of a dataset.

    Attributes:
        latency_budget_seconds: An answer within it is in time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    target: TargetName
    latency_budget_seconds: float = Field(gt=0)
    description: str = ""


class Dataset(BaseModel):
    """A dataset that was read."""

    model_config = ConfigDict(frozen=True)

    header: Header
    examples: tuple[Example, ...]

    @property
    def name(self) -> str:
        return self.header.name

    @cached_property
    def digest(self) -> str:
        """A short hash of what is asked and expected; another digest is another version of the dataset."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:DIGEST_CHARS]


class DatasetError(InvalidInput):
    """A line of a dataset is wrong: ``dataset_invalid``; its number, from 1, is in ``details["line"]``."""

    default_code = "dataset_invalid"

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(
            f"{path.name}, line {line}: {reason}", details={"path": str(path), "line": line, "reason": reason}
        )


def list_datasets() -> list[Dataset]:
    """Return the datasets that come with NaruTalk, by name."""
    return [read_dataset(path) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))]


def load_dataset(name_or_path: str) -> Dataset:
    """Return a dataset that comes with NaruTalk, by its name, or any other by the path of its file.

    Raises:
        NotFound: ``dataset_not_found``.
        DatasetError: ``dataset_invalid``.
    """
    if name_or_path.endswith(SUFFIX):
        return read_dataset(Path(name_or_path))
    path = FOLDER / f"{name_or_path}{SUFFIX}"
    if path.parent != FOLDER or not path.is_file():
        raise NotFound("dataset", details={"name": name_or_path})
    return read_dataset(path)


def read_dataset(path: Path) -> Dataset:
    """Read and check a file; blank lines are skipped."""
    if not path.is_file():
        raise NotFound("dataset", details={"path": str(path)})
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DatasetError(path, 1, f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DatasetError(path, 1, "the file is not UTF-8") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if len(numbered) < 2:
        raise DatasetError(path, 1, "a dataset is a line that describes it and at least one example")
    (first, header_line), *rest = numbered
    if len(rest) > MAX_EXAMPLES:
        raise DatasetError(path, rest[MAX_EXAMPLES][0], f"more than {MAX_EXAMPLES} examples")
    header = _parsed(Header, path, first, header_line)
    return Dataset(header=header, examples=tuple(_read_examples(path, rest)))


def _read_examples(path: Path, lines: list[tuple[int, str]]) -> list[Example]:
    seen: dict[str, int] = {}
    examples = []
    for number, line in lines:
        example = _parsed(Example, path, number, line)
        if example.id in seen:
            raise DatasetError(path, number, f"the id {example.id} is on line {seen[example.id]} already")
        seen[example.id] = number
        examples.append(example)
    return examples


def _parsed(model: type[Model], path: Path, number: int, line: str) -> Model:
    try:
        return model.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise DatasetError(path, number, f"no JSON: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(
            path, number, f"{where}: {first['msg']}" if where else str(first["msg"])
        ) from error
