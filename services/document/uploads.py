"""Puts what was sent to be indexed where the job finds it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from anyio import to_thread
from fastapi import UploadFile

from narutalk.errors import InvalidInput, TooLarge
from services.document.schemas import NewText
from tools.documents.library import content_id
from tools.documents.permissions import access_key

UPLOADS = "uploads"
MAX_FILES = 100
MAX_ACCESS_CHARS = 300


async def store_files(
    files: Sequence[UploadFile], groups: Sequence[str], data_dir: Path, *, max_bytes: int
) -> list[dict[str, Any]]:
    """Write uploaded files under their content's id, and return the job's items.

    Raises:
        InvalidInput: None or too many files, or ``groups_invalid``.
        TooLarge: One is larger than the limit.
    """
    if not files or len(files) > MAX_FILES:
        raise InvalidInput(f"Send 1 to {MAX_FILES} files in the field `files`.", code="files_missing")
    allowed = checked_groups(groups)
    items = []
    for file in files:
        name = safe_name(file.filename or "")
        content = await file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise TooLarge(f"{name} is larger than {max_bytes:,} bytes.", code="file_too_large")
        path = await to_thread.run_sync(_write, data_dir, content, PurePosixPath(name).suffix)
        items.append({"path": path, "file_name": name, "groups": allowed})
    return items


async def store_texts(documents: Sequence[NewText], data_dir: Path) -> list[dict[str, Any]]:
    """Write texts as Markdown files, and return the job's items.

    Raises:
        InvalidInput: ``groups_invalid``.
    """
    allowed = [checked_groups(document.groups) for document in documents]
    items = []
    for document, groups in zip(documents, allowed, strict=True):
        content = f"# {document.title}\n\n{document.text}\n".encode()
        path = await to_thread.run_sync(_write, data_dir, content, ".md")
        items.append(
            {
                "path": path,
                "file_name": f"{safe_name(document.title)}.md",
                "title": document.title,
                "category": document.metadata.get("category", ""),
                "groups": groups,
            }
        )
    return items


def checked_groups(groups: Sequence[str]) -> list[str]:
    """Return the names of groups that may read a document.

    Raises:
        InvalidInput: ``groups_invalid``: a name is empty or holds ``|``, which separates groups in the
            catalogue, or all together are too long for it.
    """
    if any("|" in group or not group.strip() for group in groups):
        raise InvalidInput("A group's name must not be empty or contain `|`.", code="groups_invalid")
    if len(access_key(groups)) > MAX_ACCESS_CHARS:
        raise InvalidInput("There are too many groups.", code="groups_invalid")
    return list(groups)


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
