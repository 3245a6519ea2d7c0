"""Which files of a folder are sent to be indexed, and in which portions."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

BATCH_FILES = 50
BATCH_BYTES = 100 * 1024 * 1024


class FoundFile(NamedTuple):
    """A file on this machine, and the path under which the next version of it replaces it."""

    file: Path
    path: str
    size_bytes: int


class Left(NamedTuple):
    """A file that is not sent, and why; a skipped one is no failure."""

    path: str
    code: str
    message: str
    is_skipped: bool


def find_files(
    paths: Sequence[Path], *, suffixes: Sequence[str], max_bytes: int
) -> tuple[list[FoundFile], list[Left]]:
    """Return the files below folders, recursively, and those that are not sent.

    Hidden files, links, and in folders what cannot be read anyway (pictures, programs) are skipped.

    Args:
        paths: Files and folders.
        suffixes: The endings that can be read.
        max_bytes: The size that is refused when it is exceeded.
    """
    found: list[FoundFile] = []
    left: list[Left] = []
    for file, path, is_named in _walk(paths):
        reason = _reason(file, path, suffixes, max_bytes, is_named=is_named)
        if reason is None:
            found.append(FoundFile(file, path, file.stat().st_size))
        else:
            left.append(reason)
    return found, left


def batches(files: Iterable[FoundFile]) -> Iterator[list[FoundFile]]:
    """Yield files in portions of at most `BATCH_FILES` and about `BATCH_BYTES`."""
    batch: list[FoundFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) == BATCH_FILES or size + file.size_bytes > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size_bytes
    if batch:
        yield batch


def _walk(paths: Sequence[Path]) -> Iterator[tuple[Path, str, bool]]:
    for given in paths:
        if not given.is_dir():
            yield given, given.name, True
            continue
        name = given.resolve().name
        for folder, folders, files in os.walk(given):
            folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
            for file in sorted(entry for entry in files if not entry.startswith(".")):
                place = Path(folder) / file
                yield place, f"{name}/{place.relative_to(given).as_posix()}", False


def _reason(file: Path, path: str, suffixes: Sequence[str], max_bytes: int, *, is_named: bool) -> Left | None:
    """Return why a file is not sent; None when it is."""
    if not is_named and file.is_symlink():
        return Left(path, "link", "Links are not followed.", True)
    if not file.is_file() or not os.access(file, os.R_OK):
        return Left(path, "file_unreadable", "It is not there, or may not be read.", False)
    if file.suffix.lower() not in suffixes:
        message = f"{file.suffix or 'A file without an ending'} is not supported."
        return Left(path, "document_unsupported", message, not is_named)
    if file.stat().st_size > max_bytes:
        return Left(path, "file_too_large", f"It is larger than {max_bytes:,} bytes.", False)
    return None
