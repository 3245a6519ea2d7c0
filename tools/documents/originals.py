"""The files that documents were made of, as they were sent."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from tools.documents.reading import supported_suffixes

UPLOADS = "uploads"
SWEPT_SECONDS = 24 * 3600
"""Younger files may belong to a job that is about to be stored."""


def keep_original(data_dir: Path, content: bytes, file_name: str) -> str:
    """Write a file under a name of its own, and return its path relative to the data dir."""
    suffix = PurePosixPath(file_name).suffix.lower()
    relative = f"{UPLOADS}/{uuid4().hex}{suffix if suffix in supported_suffixes() else ''}"
    target = data_dir / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return relative


def sweep_originals(data_dir: Path, is_used: Callable[[str], bool]) -> int:
    """Delete files that were sent long ago and that nothing needs; return how many.

    A process that is killed at the wrong moment leaves such files.
    """
    swept = 0
    for path in sorted((data_dir / UPLOADS).glob("*")):
        relative = f"{UPLOADS}/{path.name}"
        if path.is_file() and time.time() - path.stat().st_mtime > SWEPT_SECONDS and not is_used(relative):
            delete_original(data_dir, relative)
            swept += 1
    return swept


def delete_original(data_dir: Path, stored_path: str) -> None:
    """Delete a file that was sent; others, such as the sample company's, stay."""
    path = PurePosixPath(stored_path)
    if path.parts[:1] == (UPLOADS,) and ".." not in path.parts:
        with suppress(OSError):
            (data_dir / path).unlink(missing_ok=True)
