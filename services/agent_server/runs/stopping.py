"""Stops a run and waits for it, wherever it is."""

from narutalk.errors import DeadlineExceeded
from services.agent_server.runs.executor import CANCEL_SECONDS
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import ACTIVE, CancelAction


async def stop_run(server: ServerState, run: Run, action: CancelAction) -> None:
    """Stop a run and wait until its end is stored. Does nothing when it has ended.

    Raises:
        DeadlineExceeded: ``run_not_stopped``: it works on after `CANCEL_SECONDS`.
    """
    if run.status not in ACTIVE:
        return
    await server.executor.request_cancel(run, action)
    if not await server.executor.wait_ended(run.run_id, CANCEL_SECONDS):
        raise DeadlineExceeded("The run has not stopped yet.", code="run_not_stopped")
