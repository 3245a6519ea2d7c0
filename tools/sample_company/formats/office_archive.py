"""Office files are ZIP archives; this makes them the same, byte for byte, whenever they are written."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The earliest time a ZIP archive can hold.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def write_archive(content: BytesIO, path: Path, *, replaced: Mapping[str, bytes] | None = None) -> None:
    """Copies the archive in `content` to `path` with a fixed time on every member.

    Args:
        content: A complete ZIP archive.
        path: The file to write.
        replaced: New content of members, by name; by default all members are copied as they are.
    """
    replaced = replaced or {}
    with ZipFile(content) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = ZipInfo(name, date_time=_FIXED_TIME)
            member.compress_type = ZIP_DEFLATED
            target.writestr(member, replaced.get(name, source.read(name)))
