"""Asks a server whether it is healthy, for a container's health check: `python -m services.probe URL`."""

import sys
from http import HTTPStatus
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT_SECONDS = 4


def is_healthy(url: str) -> bool:
    """Whether a GET of the URL is answered 200 within `TIMEOUT_SECONDS`."""
    try:
        with urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  (the health check's own address)
            return bool(answer.status == HTTPStatus.OK)
    except (URLError, TimeoutError, ConnectionError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
