"""The test server as a process of its own, which tests can kill and freeze."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import uvicorn
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from narutalk.identity import Issuer, build_signer
from tests.contract.agent_server.conftest import ANNA, make_app, make_settings
from tests.contract.agent_server.graphs import Gates

ROOT = Path(__file__).parents[3]
START_SECONDS = 60


class ServedProcess(NamedTuple):
    """A server in a process, and a client of it."""

    process: Process
    client: LangGraphClient

    def send(self, signal_number: signal.Signals) -> None:
        os.kill(self.process.pid, signal_number)

    async def kill(self) -> None:
        """End it as a crash does."""
        self.send(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def serve_in_process(data_dir: Path, url: str = "") -> AsyncIterator[ServedProcess]:
    """Serve the test app in a process over a database, until the block ends or the test ends it."""
    settings = make_settings(data_dir, url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(data_dir), url, stdout=PIPE, cwd=ROOT
    )
    try:
        assert process.stdout
        port = int(await asyncio.wait_for(process.stdout.readline(), START_SECONDS))
        headers = {"Authorization": f"Bearer {build_signer(settings, Issuer.MANAGER).sign(ANNA)}"}
        address = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
            await http.get(f"{address}/ok", timeout=START_SECONDS)
        client = get_client(url=address, api_key=None, headers=headers)
        try:
            yield ServedProcess(process, client)
        finally:
            await client.aclose()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            await process.wait()


def main(data_dir: str, url: str) -> None:
    """Serve until the process is ended; the port is the first line of its output."""
    app = make_app(make_settings(Path(data_dir), url), Gates())
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # see conftest.py
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # a client that comes early waits
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
