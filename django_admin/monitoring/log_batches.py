"""Reads a batch of log records and stores it, once however often it comes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
    field_validator,
)

from django_admin.monitoring.log_models import (
    ID_CHARS,
    LOGGER_CHARS,
    NAME_CHARS,
    LogBatch,
    LogLevel,
    LogRecord,
)
from narutalk.errors import InvalidInput

MAX_RECORDS = 1_000
MAX_TEXT_CHARS = 64 * 1024
LOSS_EVENT = "log records were lost"
LOSS_LOGGER = "narutalk.telemetry.log_shipping"

_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # PostgreSQL stores no NUL, in text or in JSON


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class WireRecord(_Wire):
    """One record as it is sent; see `narutalk.telemetry.log_wire`."""

    timestamp: AwareDatetime
    level: LogLevel
    logger: str = Field(default="", max_length=LOGGER_CHARS)
    event: str = Field(default="", max_length=MAX_TEXT_CHARS)
    exception: str = Field(default="", max_length=MAX_TEXT_CHARS)
    request_id: str = Field(default="", max_length=ID_CHARS)
    conversation_id: str = Field(default="", max_length=ID_CHARS)
    message_id: str = Field(default="", max_length=ID_CHARS)
    run_id: str = Field(default="", max_length=ID_CHARS)
    data: dict[str, Any] = {}

    @field_validator("timestamp")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        try:
            return value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("beyond the calendar") from error

    @field_validator("level", mode="before")
    @classmethod
    def _read_level(cls, value: Any) -> Any:
        """Take a level by its name, as structlog writes it."""
        levels = {level.name: level for level in LogLevel}
        if not isinstance(value, str) or value.upper() not in levels:
            raise ValueError(f"no level; one of {', '.join(levels).lower()}")
        return levels[value.upper()]


class _WireBatch(_Wire):
    batch_id: str = Field(min_length=8, max_length=ID_CHARS)
    service: str = Field(min_length=1, max_length=NAME_CHARS)
    instance: str = Field(min_length=1, max_length=NAME_CHARS)
    dropped: dict[str, NonNegativeInt] = {}
    records: list[Any] = Field(max_length=MAX_RECORDS)


@dataclass(frozen=True)
class Rejected:
    """A record that is malformed: which one of the batch, and why."""

    index: int
    problem: str


class ReadBatch(NamedTuple):
    """A batch as it came: its good records, and what is wrong with the others."""

    batch_id: str
    service: str
    instance: str
    dropped: dict[str, int]
    records: list[WireRecord]
    rejected: list[Rejected]


@dataclass(frozen=True)
class Stored:
    """What became of a batch."""

    count: int
    duplicate: bool = False


def read_batch(body: bytes) -> ReadBatch:
    """Return a batch from the JSON of ``POST /ingest/logs``.

    Raises:
        InvalidInput: ``invalid_json``, or the batch itself, not only a record of it, is malformed.
    """
    try:
        given = orjson.loads(_ESCAPED_NUL.sub(rb"\1", body))
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not valid JSON.", code="invalid_json") from error
    try:
        batch = _WireBatch.model_validate(given)
    except ValidationError as error:
        raise InvalidInput("The batch is not valid.", details={"problem": _problem(error)}) from error
    records, rejected = [], []
    for index, item in enumerate(batch.records):
        try:
            records.append(WireRecord.model_validate(item))
        except ValidationError as error:
            rejected.append(Rejected(index, _problem(error)))
    return ReadBatch(batch.batch_id, batch.service, batch.instance, batch.dropped, records, rejected)


def do_store_batch(batch: ReadBatch) -> Stored:
    """Store the good records of a batch in one transaction; one that is known already changes nothing.

    What the process lost before is stored as a record of its own, so that it is seen where it is missed.
    """
    now = timezone.now()
    dropped = sum(batch.dropped.values())
    rows = [
        LogRecord(received_at=now, service=batch.service, instance=batch.instance, **dict(record))
        for record in batch.records
    ]
    if dropped:
        rows.append(
            LogRecord(
                timestamp=batch.records[0].timestamp if batch.records else now,
                received_at=now,
                level=LogLevel.WARNING,
                service=batch.service,
                instance=batch.instance,
                logger=LOSS_LOGGER,
                event=LOSS_EVENT,
                data={"count": dropped, **batch.dropped},
            )
        )
    try:
        with transaction.atomic():
            LogBatch.objects.create(
                batch_id=batch.batch_id,
                instance=batch.instance,
                service=batch.service,
                received_at=now,
                stored=len(batch.records),
                dropped=dropped,
            )
            LogRecord.objects.bulk_create(rows)
    except IntegrityError:
        return Stored(0, duplicate=True)
    return Stored(len(batch.records))


def _problem(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()[:5]
    )
