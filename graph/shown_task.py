"""What of a delegation the person has been shown, however often its run is begun again."""

from collections.abc import Callable, Hashable
from typing import Any

from narutalk.shown_once import ShownOnce, kind_of

StreamWriter = Callable[[dict[str, Any]], None]


class ShownTask:
    """Passes a task's events on, each part once.

    A run that another instance took over streams again from its last checkpoint on, one that was asked for
    again from its beginning. Texts are therefore compared message by message.

    Args:
        write: Takes what has not been passed on yet.
    """

    def __init__(self, write: StreamWriter) -> None:
        self._write = write
        self._shown = ShownOnce()

    def begin(self) -> None:
        """The stream begins (again)."""
        self._shown.begin()

    def write(self, event: dict[str, Any], *, text: Hashable) -> None:
        """Pass an event on, or what of it is new.

        Args:
            event: The next one.
            text: Which of the model's texts it belongs to, as `Progress.place` says.
        """
        if event["type"] != "token":
            if self._shown.unseen(kind_of(event)):
                self._write(event)
            return
        new = self._shown.unseen(("token", text), len(event["text"]))
        if new:
            self._write({**event, "text": event["text"][-new:]})
