"""Takes runs over that another process began, and rebuilds them from their rows."""

import structlog
from pydantic import ValidationError

from narutalk.errors import InvalidInput, NaruTalkError
from narutalk.identity import Identity
from narutalk.process import RUN_LOST, is_dead
from services.agent_server.assistants.catalog import Assistant, Assistants
from services.agent_server.runs.live import LiveRun
from services.agent_server.runs.outcome import Outcomes
from services.agent_server.runs.request import RunRequest
from services.agent_server.storage.leases import LeaseStore, LostRun
from services.agent_server.storage.models import Run

MAX_ATTEMPTS = 3

log = structlog.get_logger(__name__)


class Takeover:
    """Turns lost runs into live ones of this process.

    Args:
        leases: Of this process.
        outcomes: Stores the failure of a run that cannot go on.
        assistants: Found again by what the runs asked for.
    """

    def __init__(self, leases: LeaseStore, outcomes: Outcomes, assistants: Assistants) -> None:
        self._leases = leases
        self._outcomes = outcomes
        self._assistants = assistants

    async def take(self, lost: LostRun) -> LiveRun | None:
        """Take a run over, and return it to be begun here.

        Returns:
            None when another process was faster, or when the run cannot go on and its failure was stored:
            `MAX_ATTEMPTS` processes ended before it did, or what it asked for is not served any more.
        """
        row = await self._leases.take(lost)
        if row is None:
            return None
        reason = "died" if is_dead(lost.process) else "stopped renewing its lease"
        if row.attempt > MAX_ATTEMPTS:
            await self._fail(
                row,
                f"The run was begun {MAX_ATTEMPTS} times, and each time its process ended before the run "
                f"did. The last one {reason}.",
            )
            return None
        try:
            run = self._rebuild(row)
        except (NaruTalkError, ValidationError) as error:
            await self._fail(row, f"Its process {reason}, and the run cannot go on: {error}")
            return None
        log.warning("run taken over", run_id=row.run_id, attempt=row.attempt, of=lost.process, reason=reason)
        return run

    def _rebuild(self, row: Run) -> LiveRun:
        request = RunRequest.model_validate(row.request)
        return LiveRun(
            row=row,
            request=request,
            assistant=self._assistant(row),
            identity=Identity.model_validate(row.identity),
            resumed=True,
        )

    def _assistant(self, row: Run) -> Assistant:
        assistant = self._assistants.of_run(row.meta)
        if assistant is None:
            raise InvalidInput(f"The graph {row.meta.get('graph_id')!r} is not served.", code="graph_unknown")
        return assistant

    async def _fail(self, row: Run, message: str) -> None:
        log.error("run lost", run_id=row.run_id, attempt=row.attempt, reason=message)
        row.status, row.error = "error", {"error": RUN_LOST, "message": message}
        await self._outcomes.store_failure(row)
