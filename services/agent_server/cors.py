"""Which pages of other origins may call this service from a browser."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from narutalk.settings import Settings

EXPOSED_HEADERS = (
    "content-location",
    "etag",
    "link",
    "location",
    "x-pagination-total",
    "x-pagination-next",
    "x-request-id",
)


def add_cors(app: FastAPI, settings: Settings) -> None:
    """Let the pages of the configured origins, if any, call the app and read its headers.

    It has to be outside of what checks the token: a browser asks first, without one. What a browser has
    of its own, such as cookies, is never used.
    """
    origins = configured_origins(settings)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
        )


def configured_origins(settings: Settings) -> list[str]:
    """Return the origins of the settings."""
    return [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
