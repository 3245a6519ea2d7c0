"""A circuit breaker for one instance, over purgatory's state machine."""

import structlog
from purgatory.domain.model import HALF_OPENED, Context, OpenedState

logger = structlog.get_logger(__name__)

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 5.0


class Breaker:
    """Opens after `FAILURES_TO_OPEN` failures in a row; after `OPEN_SECONDS` one request tries again.

    purgatory's own context manager ends with the block that sends a request, where a response has only begun:
    a stream that breaks off later would count as a success. Hence its state machine itself, told how each
    request goes; and in the half-open state it would let everybody through, where one is enough.

    Args:
        service: For the log.
        url: For the log.
    """

    def __init__(self, service: str, url: str) -> None:
        self._service = service
        self._url = url
        self._circuit = Context(url, threshold=FAILURES_TO_OPEN, ttl=OPEN_SECONDS)
        self._probing = False

    @property
    def state(self) -> str:
        """``closed``, ``opened`` or ``half-opened``."""
        return str(self._circuit.state)

    def admit(self) -> bool:
        """Whether a request may go to the instance now. Who is let in says how it went."""
        try:
            self._circuit.handle_new_request()
        except OpenedState:
            return False
        if self._circuit.state == HALF_OPENED:
            if self._probing:
                return False
            self._probing = True
        self._circuit.messages.clear()
        return True

    def answering(self) -> None:
        """The instance has begun to answer: a circuit that was tried again closes."""
        if self._circuit.state == HALF_OPENED:
            self.succeeded()

    def succeeded(self) -> None:
        """An answer came to its end, or as far as it was wanted."""
        self._probing = False
        was = self._circuit.state
        self._circuit.handle_end_request()
        self._tell(was)

    def failed(self, error: Exception) -> None:
        """The instance could not be reached, was silent, refused, or broke off."""
        self._probing = False
        was = self._circuit.state
        self._circuit.handle_exception(error)
        self._tell(was, error)

    def abandoned(self) -> None:
        """Who asked went away before the answer began, which says nothing about the instance."""
        self._probing = False

    def _tell(self, was: str, error: Exception | None = None) -> None:
        self._circuit.messages.clear()  # events for purgatory's message bus, which is not used
        if self._circuit.state != was:
            logger.warning(
                "circuit_breaker",
                target=self._service,
                url=self._url,
                state=str(self._circuit.state),
                reason=repr(error) if error else None,
            )
