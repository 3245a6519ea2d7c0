"""One tree of errors, each with a stable code, an HTTP status and a message that is safe to show.

    NaruTalkError
    ├── InvalidInput            422  the request is malformed
    ├── Contradiction           400  two parts of the request exclude each other
    ├── Unauthenticated         401  no token, or one that does not verify
    ├── Forbidden               403  known, but not allowed
    ├── NotFound                404  absent, or someone else's
    ├── Conflict                409  the state does not allow it now
    ├── TooLarge                413  larger than the limit
    ├── RateLimited             429  too many requests
    ├── UpstreamFailed          502  another service answered with an error
    ├── Unavailable             503  another service, or this one, cannot work now
    │   └── LlmFailed                the language model's provider did not answer as it should
    ├── DeadlineExceeded        504  another service did not answer in time
    ├── ConfigurationError      500  the settings do not make sense; raised at start-up
    └── ToolError                    raised by tools, see below
        ├── RetryWithFix             the model may call the tool again with other arguments
        └── TellTheModel             the model must be told, calling again will not help

Anything else that a tool raises fails the run.
"""

from typing import Any, ClassVar


class NaruTalkError(Exception):
    """The root of the tree.

    Args:
        message: A sentence that is safe to show to the caller.
        code: A stable, machine-readable name; the class's own when left out.
        details: JSON-serialisable fields that help to mend the request.
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal_error"

    def __init__(
        self, message: str, *, code: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details or {}


class InvalidInput(NaruTalkError):
    status = 422
    default_code = "invalid_input"


class Contradiction(NaruTalkError):
    status = 400
    default_code = "contradiction"


class Unauthenticated(NaruTalkError):
    status = 401
    default_code = "unauthenticated"


class Forbidden(NaruTalkError):
    status = 403
    default_code = "forbidden"


class NotFound(NaruTalkError):
    """Absent, or not the caller's: the two look the same from outside.

    Args:
        what: The kind of thing, such as ``"thread"``; the code becomes ``thread_not_found``.
    """

    status = 404
    default_code = "not_found"

    def __init__(self, what: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(
            f"{what.capitalize()} not found.", code=f"{what.replace(' ', '_')}_not_found", details=details
        )


class Conflict(NaruTalkError):
    status = 409
    default_code = "conflict"


class TooLarge(NaruTalkError):
    status = 413
    default_code = "too_large"


class RateLimited(NaruTalkError):
    status = 429
    default_code = "rate_limited"


class UpstreamFailed(NaruTalkError):
    status = 502
    default_code = "upstream_failed"


class Unavailable(NaruTalkError):
    status = 503
    default_code = "unavailable"


class LlmFailed(Unavailable):
    """The language model's provider did not answer as it should; the offline model answers instead.

    Its codes: ``llm_unavailable``, ``llm_rate_limited``, ``llm_timeout``, ``llm_broken_off`` (the stream was
    cut), ``llm_misconfigured`` (the key, the model or the address is wrong), ``llm_refused`` (it does not
    take this request), ``llm_unreadable``, ``llm_empty`` (it said nothing), ``llm_arguments`` (it called
    tools with invalid arguments again after it was told).
    """

    default_code = "llm_unavailable"


class DeadlineExceeded(NaruTalkError):
    status = 504
    default_code = "deadline_exceeded"


class ConfigurationError(NaruTalkError):
    default_code = "configuration_error"


class ToolError(NaruTalkError):
    """What a tool raises on purpose; anything else fails the run."""

    status = 400
    default_code = "tool_error"


class RetryWithFix(ToolError):
    """The arguments were wrong in a way that the model can mend."""

    default_code = "tool_arguments"


class TellTheModel(ToolError):
    """The tool cannot answer this, and calling it again will not change that."""

    default_code = "tool_refused"


def error_body(error: NaruTalkError, request_id: str | None) -> dict[str, Any]:
    """Return the JSON body that every HTTP interface answers with: ``{"error": {…}}``."""
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "details": error.details,
            "request_id": request_id,
        }
    }
