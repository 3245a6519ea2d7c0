"""The real client service over an empty company, in a thread of the tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from narutalk.identity import Identity, Issuer, build_signer
from narutalk.settings import Settings, load_settings
from services.process import build_app
from tests.fakes.manager import keys_dir
from tests.fakes.router_server import serve
from tools.clients.database import migrate_clients


class ClientService(NamedTuple):
    """A running client service."""

    url: str
    settings: Settings

    def make_report(self, identity: Identity, **asked: str) -> str:
        """Make a report as a person, and return its id."""
        token = build_signer(self.settings, Issuer.MANAGER).sign(identity)
        made = httpx.post(
            f"{self.url}/reports", json=asked, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        return str(made.raise_for_status().json()["id"])


@contextmanager
def running_client_service(data_dir: Path) -> Iterator[ClientService]:
    """Serve the client service from an empty data dir; it knows the manager's key."""
    shutil.copytree(keys_dir() / "keys", data_dir / "keys")
    settings = load_settings(data_dir=data_dir, port=1, ship_logs=False)
    migrate_clients(settings)
    with serve(build_app("client", settings)) as url:
        yield ClientService(url, settings)
