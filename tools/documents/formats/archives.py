"""Looks into Office files before anything unpacks them: passwords, bombs, entities."""

import io
import zipfile
import zlib

from tools.documents.blocks import UnreadableDocument

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
MAX_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
MAX_RATIO = 250
"""Unpacked to packed. Spreadsheets reach 30; a bomb, some 1,000."""
RATIO_MATTERS_BYTES = 20 * 1024 * 1024
READ_BYTES = 1024 * 1024
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


def check_office_file(content: bytes) -> None:
    """Refuse what must not be opened.

    Raises:
        UnreadableDocument: ``document_encrypted``, ``document_unsupported`` (an Office file of the kind
            before 2007), ``document_unsafe``, or broken.
    """
    if content.startswith(OLE_MAGIC):
        if ENCRYPTED_PACKAGE in content:
            raise UnreadableDocument("It is protected by a password.", code="document_encrypted")
        raise UnreadableDocument(
            "It is in Office's format from before 2007; save it in today's.", code="document_unsupported"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive.infolist(), len(content))
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _check_entities(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnreadableDocument("The file is broken.") from error


def _check_sizes(entries: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    grows = unpacked > RATIO_MATTERS_BYTES and unpacked > MAX_RATIO * packed_bytes
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or grows:
        raise UnreadableDocument("Unpacked, it would be far too large.", code="document_unsafe")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableDocument("It is protected by a password.", code="document_encrypted")


def _check_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Office files have no document type; one would be there to define entities."""
    rest = b""
    with archive.open(entry) as part:
        while piece := part.read(READ_BYTES):
            window = rest + piece
            if any(mark in window for mark in DOCTYPES):
                raise UnreadableDocument("Its XML defines entities.", code="document_unsafe")
            rest = window[-max(map(len, DOCTYPES)) :]
