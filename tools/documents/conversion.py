"""Reads files in a process of its own: a hostile or enormous one can neither hang nor bring down the service.

One request is a line of JSON, then the file's bytes; one answer is a line of JSON. Nothing else passes, so
that a process that a file took over could answer nonsense, and no more.
"""

import json
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO

from tools.documents.blocks import Block, Cells, UnreadableDocument

CONVERSION_SECONDS = 300.0
MEMORY_BYTES = 4 * 1024**3
GRACE_SECONDS = 5


class Converter:
    """`read_blocks`, with a limit to time and memory. Thread-safe: one file at a time.

    Args:
        limit_seconds: How long a file may take.
    """

    def __init__(self, limit_seconds: float = CONVERSION_SECONDS) -> None:
        self._limit_seconds = limit_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # guards the process and what passes through its pipes

    def read_blocks(self, content: bytes, file_name: str) -> list[Block]:
        """Return the blocks of a document.

        Raises:
            UnreadableDocument: As `reading.read_blocks`, or ``document_too_slow``, or the process died.
        """
        with self._lock:
            process = self._started()
            late = threading.Event()

            def end() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(self._limit_seconds, end)
            timer.start()
            try:
                answer = _ask(process, content, file_name, self._limit_seconds)
            finally:
                timer.cancel()
            if answer is None:
                self._stop()
                raise _gave_up(file_name, late=late.is_set())
        if "code" in answer:
            raise UnreadableDocument(answer["message"], code=answer["code"])
        return [_block(fields) for fields in answer["blocks"]]

    def close(self) -> None:
        """End the process; whoever waits for it is told that the file cannot be read."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._stop()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.documents.conversion"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._process.wait()
        self._process = None


def _gave_up(file_name: str, *, late: bool) -> UnreadableDocument:
    if late:
        return UnreadableDocument(f"{file_name}: reading it took too long.", code="document_too_slow")
    return UnreadableDocument(f"{file_name}: its reader broke down.")


def _ask(
    process: subprocess.Popen[bytes], content: bytes, file_name: str, limit_seconds: float
) -> dict[str, Any] | None:
    """Return the process's answer; None when it died."""
    asked = {"file_name": file_name, "bytes": len(content), "seconds": limit_seconds}
    try:
        process.stdin.write(json.dumps(asked).encode() + b"\n")  # type: ignore[union-attr]
        process.stdin.write(content)  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        line = process.stdout.readline()  # type: ignore[union-attr]
    except OSError:
        return None
    if not line.endswith(b"\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer


def _block(fields: list[Any]) -> Block:
    text, level, page, cells, header = fields
    return Block(text, level, page, cells and Cells(*cells), header)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more: the life of the process.

    An alarm ends it should its parent be gone when a file takes too long.
    """
    from tools.documents.reading import read_blocks  # loads the converters

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    while line := requests.readline():
        asked = json.loads(line)
        content = requests.read(asked["bytes"])
        signal.alarm(int(asked["seconds"]) + GRACE_SECONDS)
        try:
            answer: dict[str, Any] = {"blocks": read_blocks(content, asked["file_name"])}
        except UnreadableDocument as error:
            answer = {"code": error.code, "message": error.message}
        signal.alarm(0)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    # Libraries that print to standard output must not reach the pipe.
    pipe = sys.stdout.buffer
    sys.stdout = sys.stderr
    serve(sys.stdin.buffer, pipe)
