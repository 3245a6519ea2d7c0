"""The bodies of cron routes."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from services.agent_server.runs.request import RunOptions

MAX_SCHEDULE_CHARS = 200
MAX_TIMEZONE_CHARS = 100

OnRunCompleted = Literal["delete", "keep"]


def _in_utc(time: datetime | None) -> datetime | None:
    if time is None:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


Schedule = Annotated[str, Field(max_length=MAX_SCHEDULE_CHARS)]
Timezone = Annotated[str, Field(max_length=MAX_TIMEZONE_CHARS)]
Time = Annotated[datetime, AfterValidator(_in_utc)]


class _CronBody(RunOptions):
    nullable: ClassVar[frozenset[str]] = frozenset({"end_time"})

    def payload(self) -> dict[str, Any]:
        """Return what the body says of each run, as JSON; what it leaves out is left out."""
        return self.model_dump(mode="json", include=set(RunOptions.model_fields), exclude_unset=True)


class CronCreate(_CronBody):
    """A new cron: a schedule, and what each of its runs is asked.

    Its runs have the rights that its owner's token has now. After NARUTALK_CRON_IDENTITY_DAYS it is disabled,
    with the reason in its metadata, until the owner enables it again.

    Attributes:
        schedule: Five fields: minute, hour, day of month, month, day of week.
        timezone: An IANA name that the schedule is read in; UTC by default.
        end_time: After it nothing is started; without a zone it is UTC.
        on_run_completed: Whether the thread made for each run goes with it, which is the default.
    """

    assistant_id: str
    schedule: Schedule
    timezone: Timezone | None = None
    end_time: Time | None = None
    enabled: bool = True
    on_run_completed: OnRunCompleted | None = None


class CronPatch(_CronBody):
    """What to change of a cron: what is left out stays. Its runs get the rights of this call's token.

    Attributes:
        metadata: Keys are added to what there is.
        end_time: Null removes it.
        enabled: True also enables a cron that stopped by itself.
    """

    schedule: Schedule | None = None
    timezone: Timezone | None = None
    end_time: Time | None = None
    enabled: bool | None = None
    on_run_completed: OnRunCompleted | None = None
