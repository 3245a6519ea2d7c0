"""Puts what was sent to be indexed where the job finds it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from anyio import to_thread
from fastapi import UploadFile

from narutalk.errors import InvalidInput, TooLarge
from services.document.schemas import NewText
from tools.documents.library import content_id

UPLOADS = "uploads"
MAX_FILES = 100


async def store_files(
    files: Sequence[UploadFile], groups: Sequence[str], data_dir: Path, *, max_bytes: int
) -> list[dict[str, Any]]:
    """Write uploaded files under their content's id, and return the job's items.

    Raises:
        InvalidInput: None or too many files.
        TooLarge: One is larger than the limit.
    """
    if not files or len(files) > MAX_FILES:
        raise InvalidInput(f"Send 1 to {MAX_FILES} files in the field `files`.", code="files_missing")
    items = []
    for file in files:
        name = safe_name(file.filename or "")
        content = await file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise TooLarge(f"{name} is larger than {max_bytes:,} bytes.", code="file_too_large")
        path = await to_thread.run_sync(_write, data_dir, content, PurePosixPath(name).suffix)
        items.append({"path": path, "file_name": name, "groups": list(groups)})
    return items


async def store_texts(documents: Sequence[NewText], data_dir: Path) -> list[dict[str, Any]]:
    """Write texts as Markdown files, and return the job's items."""
    items = []
    for document in documents:
        content = f"# {document.title}\n\n{document.text}\n".encode()
        path = await to_thread.run_sync(_write, data_dir, content, ".md")
        items.append(
            {
                "path": path,
                "file_name": f"{safe_name(document.title)}.md",
                "title": document.title,
                "category": document.metadata.get("category", ""),
                "groups": document.groups,
            }
        )
    return items


def safe_name(name: str) -> str:
    """Return a file's name without any folders or control characters."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    cleaned = "".join(character for character in last if character.isprintable()).strip(". ")
    return cleaned[-200:] or "document"


def _write(data_dir: Path, content: bytes, suffix: str) -> str:
    relative = f"{UPLOADS}/{content_id(content)}{suffix.lower()}"
    target = data_dir / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return relative
