"""Indexing files and folders: sends them to the running document service, and shows how far it is."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.application import DataDir, Port, command_settings
from services.cli.index_files import FoundFile, Left, batches, find_files
from services.cli.manager import output_of_manager

POLL_SECONDS = 0.3
TOKEN_MINUTES = 240
TIMEOUT = httpx.Timeout(30, read=300, write=300)
COLOURS = {
    "indexed": "green",
    "replaced": "cyan",
    "failed": "red",
    "skipped": "yellow",
    "cancelled": "yellow",
}
ENDED = ("succeeded", "failed", "cancelled")


def index(
    paths: Annotated[list[Path], typer.Argument(help="Files, and folders with all that is in them.")],
    user: Annotated[str, typer.Option(help="Whose documents they are: a manager's or administrator's.")] = "",
    group: Annotated[
        list[str] | None, typer.Option(help="Who may read them; may be given again. Everyone, if left out.")
    ] = None,
    url: Annotated[str, typer.Option(help="Of the document service, if not the configured one.")] = "",
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Index files into the running company. Ends with 1 when a file failed, with 2 when it cannot run.

    What is sent from the same path again replaces what it was; what did not change is left alone.
    """
    from tools.documents.reading import supported_suffixes  # loads the converters

    settings = command_settings(data_dir=data_dir, port=port)
    found, left = find_files(paths, suffixes=supported_suffixes(), max_bytes=settings.max_upload_bytes)
    token = output_of_manager(
        settings,
        "create_token",
        f"--user={user or settings.admin_username or 'admin'}",
        f"--minutes={TOKEN_MINUTES}",
    )
    console = Console(highlight=False)
    indexing = _Indexing(console, list(group or []))
    address = url or settings.service_urls("document")[0]
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT) as client:
            indexing.run(client, found, left)
    except httpx.HTTPError as error:
        Console(stderr=True).print(f"[red]{_explained(error, address)}[/red]", highlight=False)
        raise typer.Exit(2) from error
    raise typer.Exit(1 if indexing.counts["failed"] else 0)


class _Indexing:
    """One run of the command."""

    def __init__(self, console: Console, groups: list[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._console = console
        self._groups = groups

    def run(self, client: httpx.Client, found: list[FoundFile], left: list[Left]) -> None:
        for file in left:
            self._tell(
                {
                    "status": "skipped" if file.is_skipped else "failed",
                    "path": file.path,
                    "message": file.message,
                }
            )
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task("Indexing", total=len(found))
            for batch in batches(found):
                job_id = self._send(client, batch)
                try:
                    self._follow(client, job_id, lambda: progress.advance(task))
                except KeyboardInterrupt:
                    client.post(f"/index/{job_id}/cancel").raise_for_status()
                    self._console.print("Cancelled; what is indexed stays.")
                    raise typer.Exit(130) from None
        summary = ", ".join(f"{count} {status}" for status, count in sorted(self.counts.items()))
        self._console.print(summary or "There is nothing to index.")

    def _send(self, client: httpx.Client, batch: list[FoundFile]) -> str:
        with ExitStack() as opened:
            files = [
                (
                    "files",
                    (
                        entry.file.name,
                        opened.enter_context(entry.file.open("rb")),
                        "application/octet-stream",
                    ),
                )
                for entry in batch
            ]
            data = {"paths": [entry.path for entry in batch], "groups": self._groups}
            answer = client.post("/index", files=files, data=data)
        answer.raise_for_status()
        return str(answer.json()["job_id"])

    def _follow(self, client: httpx.Client, job_id: str, advance: Any) -> None:
        """Tell what becomes of a job's files until it has ended."""
        told = 0
        while True:
            answer = client.get(f"/index/{job_id}")
            answer.raise_for_status()
            job = answer.json()
            for result in (
                job["files"][told : job["done"]] if job["status"] not in ENDED else job["files"][told:]
            ):
                if result["status"] == "queued":
                    break
                self._tell(result)
                advance()
                told += 1
            if job["status"] in ENDED:
                return
            time.sleep(POLL_SECONDS)

    def _tell(self, result: dict[str, Any]) -> None:
        status = result["status"]
        self.counts[status] += 1
        colour = COLOURS.get(status, "dim")
        reason = f"  {escape(result['message'])}" if result.get("message") else ""
        self._console.print(
            f"[{colour}]{status:>9}[/{colour}]  {escape(result['path'] or result['file'])}{reason}",
            soft_wrap=True,
        )


def _explained(error: httpx.HTTPError, address: str) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        try:
            return escape(str(error.response.json()["error"]["message"]))
        except (ValueError, KeyError, TypeError):
            return escape(str(error))
    reason = type(error).__name__
    return f"The document service at {escape(address)} does not answer ({reason}). Is `narutalk up` running?"
