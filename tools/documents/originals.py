"""The files that documents were made of, as they were sent."""

from contextlib import suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from tools.documents.reading import supported_suffixes

UPLOADS = "uploads"


def keep_original(data_dir: Path, content: bytes, file_name: str) -> str:
    """Write a file under a name of its own, and return its path relative to the data dir."""
    suffix = PurePosixPath(file_name).suffix.lower()
    relative = f"{UPLOADS}/{uuid4().hex}{suffix if suffix in supported_suffixes() else ''}"
    target = data_dir / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return relative


def delete_original(data_dir: Path, stored_path: str) -> None:
    """Delete a file that was sent; others, such as the sample company's, stay."""
    path = PurePosixPath(stored_path)
    if path.parts[:1] == (UPLOADS,) and ".." not in path.parts:
        with suppress(OSError):
            (data_dir / path).unlink(missing_ok=True)
