"""The error of a command, with a code of the protocol."""

from typing import Literal

ErrorCode = Literal[
    "invalid_argument",
    "unknown_command",
    "unknown_error",
    "no_such_run",
    "no_such_subscription",
    "no_such_namespace",
    "no_such_interrupt",
    "no_such_checkpoint",
    "permission_denied",
    "not_supported",
]


class CommandRefused(Exception):
    """A command that is not done.

    Args:
        code: As the protocol names it.
        message: A sentence for the caller.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
