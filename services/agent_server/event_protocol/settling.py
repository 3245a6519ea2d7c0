"""Waits until a thread can be answered: clients see a question before the run that asked it has ended."""

from services.agent_server.runs.live import INTERRUPT_KEY
from services.agent_server.state import ServerState

AFTER_A_QUESTION_SECONDS = 10.0
ELSEWHERE_SECONDS = 0.3


async def await_answerable(server: ServerState, thread_id: str) -> None:
    """Wait until the run that works on a thread has ended, when it has asked for something. Else do nothing.

    Of a run in another process it is not known whether it asked; then it gets a moment to end.
    """
    run = await server.feed.changes.first_active_run(thread_id)
    if run is None:
        return
    live = server.executor.find(run.run_id)
    if live is None:
        await server.executor.wait_ended(run.run_id, ELSEWHERE_SECONDS)
    elif isinstance(live.output, dict) and INTERRUPT_KEY in live.output:
        await server.executor.wait_ended(run.run_id, AFTER_A_QUESTION_SECONDS)
