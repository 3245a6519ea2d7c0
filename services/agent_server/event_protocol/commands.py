"""Commands to a thread: what they are called, and how they are answered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narutalk.errors import Forbidden, NaruTalkError, NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_thread
from services.agent_server.event_protocol import run_commands, state_commands
from services.agent_server.event_protocol.errors import CommandRefused
from services.agent_server.event_protocol.subscriptions import MAX_SEQ
from services.agent_server.event_protocol.thread_events import last_seq
from services.agent_server.state import ServerState

MAX_COMMAND_BYTES = 16 * 1024 * 1024

RUN_START = "run.start"
"""The only command that makes its thread where there is none."""

SUBSCRIPTION_COMMANDS = ("subscription.subscribe", "subscription.unsubscribe", "subscription.reconnect")

Handler = Callable[[ServerState, Identity, str, dict[str, Any]], Awaitable[Mapping[str, Any]]]

HANDLERS: Mapping[str, Handler] = {
    RUN_START: run_commands.start,
    "input.respond": run_commands.respond,
    "input.inject": state_commands.inject,
    "agent.getTree": run_commands.get_tree,
    "state.get": state_commands.get,
    "state.listCheckpoints": state_commands.list_checkpoints,
    "state.fork": run_commands.fork,
}

log = structlog.get_logger(__name__)


class Command(BaseModel):
    """A command, as it is sent."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[int, Field(strict=True, ge=0, le=MAX_SEQ)]
    method: Annotated[str, Field(min_length=1, max_length=100)]
    params: dict[str, Any] = {}


async def answer_command(
    server: ServerState, identity: Identity, thread_id: str, command: Command
) -> dict[str, Any]:
    """Do what a command says and return its answer, of success or of an error.

    Raises:
        NotFound: ``thread_not_found``: The thread is absent or another's.
    """
    try:
        if command.method != RUN_START:
            thread_id = (await access_thread(server, identity, thread_id)).thread_id
        handler = _handler(command.method)
        seq = await last_seq(server, thread_id)
        result = await handler(server, identity, thread_id, command.params)
    except NotFound as error:
        if error.code == "thread_not_found":
            raise
        return error_answer(command.id, error)
    except (CommandRefused, ValidationError, NaruTalkError) as error:
        return error_answer(command.id, error)
    return success_answer(command.id, result, applied_through_seq=seq)


def success_answer(command_id: int, result: Mapping[str, Any], *, applied_through_seq: int) -> dict[str, Any]:
    """Return the answer to a command that was done.

    Args:
        command_id: As it was given.
        result: Depends on the command.
        applied_through_seq: The number of the last event before it.
    """
    return {
        "type": "success",
        "id": command_id,
        "result": result,
        "meta": {"applied_through_seq": applied_through_seq},
    }


def error_answer(
    command_id: int | None, error: CommandRefused | ValidationError | NaruTalkError
) -> dict[str, Any]:
    """Return the answer to a command that was not done."""
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        code, message = "invalid_argument", f"{place}: {problem['msg']}"
    elif isinstance(error, CommandRefused):
        code, message = error.code, error.message
    else:
        code, message = _code_of(error), error.message
        if error.status >= 500:
            log.error("command failed", code=error.code, exc_info=error)
    return {"type": "error", "id": command_id, "error": code, "message": message}


def _handler(method: str) -> Handler:
    if method in SUBSCRIPTION_COMMANDS:
        raise CommandRefused(
            "not_supported", "Subscriptions live on a WebSocket. Over HTTP, open /stream/events."
        )
    handler = HANDLERS.get(method)
    if handler is None:
        raise CommandRefused("unknown_command", f"Unknown protocol command: {method}")
    return handler


def _code_of(error: NaruTalkError) -> str:
    if isinstance(error, NotFound):
        return "no_such_checkpoint" if error.code == "checkpoint_not_found" else "no_such_run"
    if isinstance(error, Forbidden):
        return "permission_denied"
    return "unknown_error" if error.status >= 500 else "invalid_argument"
