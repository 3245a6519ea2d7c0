"""What the SDK reports of a run, checked and bounded, and how several reports of one run become one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AliasPath, BaseModel, ConfigDict, Field, ValidationError, field_validator

from narutalk.errors import InvalidInput
from narutalk.telemetry.tracing.parent import valid_dotted_order
from narutalk.telemetry.tracing.redaction import Redactor

MAX_METADATA_FIELDS = 60
MAX_TAGS = 20
FIELD_CHARS = 64

Operation = Literal["post", "patch"]

# LangSmith's own bookkeeping, which says nothing about the turn.
_DULL_PREFIXES = ("ls_", "LANGSMITH_", "LANGCHAIN_", "__")
_DULL_FIELDS = frozenset({"revision_id", "usage_metadata", "created_by", "run_attempt", "langgraph_version"})


class RunReport(BaseModel):
    """A run as the SDK sends it: `post` at its beginning, `patch` at its end, or both in one."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    trace_id: UUID
    dotted_order: str
    parent_run_id: UUID | None = None
    name: str = ""
    run_type: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    error: str | None = None
    inputs: Any = None
    outputs: Any = None
    metadata: dict[str, Any] = Field(default={}, validation_alias=AliasPath("extra", "metadata"))
    tags: list[str] = []

    @field_validator("dotted_order")
    @classmethod
    def _well_formed(cls, given: str) -> str:
        if valid_dotted_order(given) is None:
            raise ValueError("is no dotted order")
        return given

    @field_validator("name", "run_type", "tags", "metadata", mode="before")
    @classmethod
    def _null_is_empty(cls, given: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].get_default() if given is None else given

    @field_validator("start_time", "end_time")
    @classmethod
    def _in_utc(cls, given: datetime | None) -> datetime | None:
        return given.replace(tzinfo=UTC) if given and given.tzinfo is None else given


@dataclass(frozen=True)
class Reported:
    """What is known of a run from its reports; empty fields are unknown. Names are those of `models.Run`."""

    id: UUID
    trace_id: UUID
    parent_id: UUID | None
    dotted_order: str
    name: str
    run_type: str
    start_time: datetime | None
    end_time: datetime | None
    error: str
    inputs: Any
    outputs: Any
    usage: Any
    metadata: dict[str, Any]
    tags: list[str]


def read_report(given: Any, redactor: Redactor) -> Reported:
    """Return a report without secrets, within the limits of `narutalk.telemetry.tracing.redaction`.

    Raises:
        InvalidInput: ``run_invalid``: without an id, or of another shape.
    """
    try:
        report = RunReport.model_validate(given)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:3]]
        raise InvalidInput("; ".join(problems), code="run_invalid") from error
    metadata = redactor(report.metadata)
    kept = {
        key: value
        for key, value in metadata.items()
        if not key.startswith(_DULL_PREFIXES) and key not in _DULL_FIELDS
    }
    return Reported(
        id=report.id,
        trace_id=report.trace_id,
        parent_id=report.parent_run_id,
        dotted_order=report.dotted_order,
        name=redactor.text(report.name),
        run_type=report.run_type[:FIELD_CHARS],
        start_time=report.start_time,
        end_time=report.end_time,
        error=redactor.text(report.error or ""),
        inputs=redactor(report.inputs),
        outputs=redactor(report.outputs),
        usage=metadata.get("usage_metadata"),
        metadata=dict(list(kept.items())[:MAX_METADATA_FIELDS]),
        tags=[redactor.text(tag)[:FIELD_CHARS] for tag in report.tags[:MAX_TAGS]],
    )


def merge(known: Reported | None, operation: Operation, report: Reported) -> Reported:
    """Return what is known of a run after one more report.

    Posts and patches may come in any order and twice: what a patch says wins over what a post says, and
    what is empty says nothing. (A post that carries ``outputs: {}`` must not undo the patch before it.)
    """
    if known is None:
        return report
    first, last = (known, report) if operation == "patch" else (report, known)
    return Reported(
        **{name: _said(getattr(last, name), getattr(first, name)) for name in _PLAIN_FIELDS},
        metadata=_merged(first.metadata, last.metadata),
    )


def _said(last: Any, first: Any) -> Any:
    return last if last not in (None, "", {}, []) else first


def _merged(first: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, **{key: value for key, value in last.items() if value not in (None, "")}}


_PLAIN_FIELDS = tuple(name for name in Reported.__dataclass_fields__ if name != "metadata")
