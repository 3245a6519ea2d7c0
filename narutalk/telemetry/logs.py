"""Structured JSON logs on standard error, each line with its service and request id."""

import logging
import sys
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from structlog.types import EventDict, Processor


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send every log of this process, of structlog and of the standard library, to stderr as JSON lines.

    Fields of a line: ``timestamp`` (ISO 8601, UTC), ``level``, ``service``, ``logger``, ``event``,
    ``request_id`` (inside a request), and what the caller adds.
    """

    structlog.configure(
        processors=[*_shared_processors(service), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = log_formatter(service, structlog.processors.JSONRenderer(ensure_ascii=False, default=str))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "uvicorn.access", "alembic", "chromadb"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "django", "django.server"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def log_formatter(service: str, renderer: Processor) -> logging.Formatter:
    """Return a formatter that gives the renderer every record with the same fields, whoever logged it.

    Args:
        service: The value of the field.
        renderer: The last processor; returns the text.
    """
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared_processors(service), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )


def _shared_processors(service: str) -> list[Processor]:
    def add_service(_logger: Any, _method: str, event_dict: EventDict) -> EventDict:
        event_dict["service"] = service
        return event_dict

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_request_id,
    ]


def _add_request_id(_logger: Any, _method: str, event_dict: EventDict) -> EventDict:
    request_id = correlation_id.get()
    if request_id:
        event_dict.setdefault("request_id", request_id)
    return event_dict
