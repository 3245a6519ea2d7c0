"""The real router on a real port, without agents: for what it remembers of people."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from narutalk.identity import Identity, Issuer, build_signer
from narutalk.settings import Settings, load_settings
from services.process import build_app
from tests.fakes.manager import keys_dir
from tests.fakes.router_server import serve

if TYPE_CHECKING:
    from django_admin.accounts.models import User


@dataclass(frozen=True)
class RememberingRouter:
    """A router that runs, and what it remembers, as its own API tells."""

    url: str
    settings: Settings

    def remember(self, user: "User", text: str, **fields: Any) -> str:
        """Store a memory as the supervisor does, and return its id."""
        key = str(uuid4())
        value = {
            "text": text,
            "kind": "note",
            "name": None,
            "language": "en",
            "created_at": datetime.now(UTC).isoformat(),
            "conversation_id": str(uuid4()),
            "vector": "ZjKZLg==",
            **fields,
        }
        self.put(user, ["memories"], key, value)
        return key

    def put(self, user: "User", namespace: list[str], key: str, value: dict[str, Any]) -> None:
        with self.client(user) as client:
            body = {"namespace": namespace, "key": key, "value": value}
            client.put("/store/items", json=body).raise_for_status()

    def remembered(self, user: "User") -> list[str]:
        """Return the keys of all that is stored of a person, in every namespace."""
        with self.client(user) as client:
            found = client.post("/store/items/search", json={"limit": 1000}).raise_for_status().json()
        return [item["key"] for item in found["items"]]

    def threads(self, user: "User") -> list[str]:
        with self.client(user) as client:
            found = client.post("/threads/search", json={"limit": 1000}).raise_for_status().json()
        return [thread["thread_id"] for thread in found]

    def client(self, user: "User") -> httpx.Client:
        """Return a client under a person's rights. The caller closes it."""
        person = Identity(user_id=str(user.pk), username=user.username)
        token = build_signer(self.settings, Issuer.MANAGER).sign(person)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False)


@contextmanager
def running_remembering_router(data_dir: Path) -> Iterator[RememberingRouter]:
    """Serve the router from an empty data dir; it knows the manager's key."""
    shutil.copytree(keys_dir() / "keys", data_dir / "keys")
    settings = load_settings(data_dir=data_dir, port=1, ship_logs=False)
    with serve(build_app("router", settings)) as url:
        yield RememberingRouter(url, settings)
