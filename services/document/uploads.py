"""Puts what was sent to be indexed where the job finds it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from anyio import to_thread
from fastapi import Request, UploadFile
from starlette.types import Message

from narutalk.errors import InvalidInput, TooLarge
from services.document.schemas import NewText
from tools.documents.job_store import NewItem
from tools.documents.originals import keep_original
from tools.documents.permissions import access_key

MAX_FILES = 100
MAX_REQUEST_BYTES = 256 * 1024 * 1024
MAX_ACCESS_CHARS = 300
MAX_NAME_CHARS = 200
MAX_PATH_CHARS = 500


def limited(request: Request, *, max_bytes: int) -> Request:
    """Return a request whose body is refused once it is too large, before it fills the disk.

    Raises:
        TooLarge: ``upload_too_large``, also while the body is read.
    """
    refused = TooLarge(f"Send at most {max_bytes:,} bytes at a time.", code="upload_too_large")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise refused
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise refused
        return message

    return Request(request.scope, receive)


async def store_files(
    files: Sequence[UploadFile],
    paths: Sequence[str],
    groups: Sequence[str],
    data_dir: Path,
    *,
    max_bytes: int,
) -> list[NewItem]:
    """Write uploaded files, and return the job's items. One that is too large hinders no other.

    Args:
        files: What was sent.
        paths: What their owner calls them, in the same order; none to call them by their names.
        groups: Who may read them.
        data_dir: Where they are written.
        max_bytes: How large one may be.

    Raises:
        InvalidInput: None or too many files, ``paths_invalid``, or ``groups_invalid``.
    """
    if not files or len(files) > MAX_FILES:
        raise InvalidInput(f"Send 1 to {MAX_FILES} files in the field `files`.", code="files_missing")
    if paths and len(paths) != len(files):
        raise InvalidInput("Send as many `paths` as `files`, or none.", code="paths_invalid")
    access = access_key(checked_groups(groups))
    items = []
    for file, path in zip(files, paths or [file.filename or "" for file in files], strict=True):
        name = safe_name(file.filename or "")
        content = await file.read(max_bytes + 1)
        if len(content) > max_bytes:
            message = f"{name} is larger than {max_bytes:,} bytes."
            items.append(
                NewItem(file_name=name, path=safe_path(path, name), code="file_too_large", message=message)
            )
            continue
        stored_path = await to_thread.run_sync(keep_original, data_dir, content, name)
        items.append(
            NewItem(file_name=name, path=safe_path(path, name), stored_path=stored_path, access=access)
        )
    return items


async def store_texts(documents: Sequence[NewText], data_dir: Path) -> list[NewItem]:
    """Write texts as Markdown files, and return the job's items.

    Raises:
        InvalidInput: ``groups_invalid``.
    """
    allowed = [access_key(checked_groups(document.groups)) for document in documents]
    items = []
    for document, access in zip(documents, allowed, strict=True):
        content = f"# {document.title}\n\n{document.text}\n".encode()
        name = f"{safe_name(document.title)}.md"
        items.append(
            NewItem(
                file_name=name,
                path=safe_path(document.path, "") if document.path else "",
                stored_path=await to_thread.run_sync(keep_original, data_dir, content, name),
                title=document.title,
                category=document.metadata.get("category", ""),
                access=access,
            )
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
    """Return a file's name without any folders or control characters, such as those that turn it around."""
    cleaned = _printable(PurePosixPath(PureWindowsPath(name).name).name).strip(". ")
    return cleaned[-MAX_NAME_CHARS:] or "document"


def safe_path(path: str, name: str) -> str:
    """Return a relative path that leads nowhere else; the name when nothing is left of it."""
    parts = [_printable(part).strip() for part in PureWindowsPath(path).as_posix().split("/")]
    kept = [part for part in parts if part.strip(".") and not part.endswith(":")]
    return "/".join(kept)[-MAX_PATH_CHARS:] or name


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
