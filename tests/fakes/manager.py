"""The manager on a real port in this process, with its database and a router that a test scripts."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx

from narutalk.identity import Issuer, build_verifier, ensure_keys
from narutalk.settings import Settings, load_settings
from tests.fakes.router_server import FakeRouter, serve
from tests.fakes.turns import document_turn

if TYPE_CHECKING:
    from django_admin.accounts.models import User

CSRF_TOKEN = "t" * 32


def set_up_django() -> None:
    """Load Django with a data dir of its own; the environment is as before afterwards."""
    from django.conf import settings

    if settings.configured:
        return
    data_dir = tempfile.mkdtemp(prefix="narutalk-django-")
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    with mock.patch.dict(os.environ, {"NARUTALK_DATA_DIR": data_dir, "NARUTALK_DATABASE_URL": ""}):
        os.environ["DJANGO_SETTINGS_MODULE"] = "django_admin.config.settings"
        import django

        django.setup()


@cache
def keys_dir() -> Path:
    """Return a data dir with keys, for as long as the tests run."""
    data_dir = Path(tempfile.mkdtemp(prefix="narutalk-keys-"))
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    ensure_keys(load_settings(data_dir=data_dir))
    return data_dir


def manager_settings(**overrides: Any) -> Settings:
    """Return the settings of one server; its database is the one that Django was loaded with."""
    # Nothing listens on the ports behind the first one, whatever else runs on this machine.
    return load_settings(data_dir=keys_dir(), **{"port": 1, **overrides})


@contextmanager
def running_router() -> Iterator[FakeRouter]:
    """Serve a fake router that knows the manager's key."""
    verifier = build_verifier(manager_settings(), Issuer.MANAGER)
    router = FakeRouter(verifier, default=document_turn())
    with serve(router.application()) as url:
        router.url = url
        yield router


@dataclass(frozen=True)
class Manager:
    """A manager that runs."""

    url: str

    def client(self, user: "User | None" = None) -> httpx.Client:
        """Return a client that is signed in as a user, or as nobody. The caller closes it."""
        client = httpx.Client(base_url=self.url, timeout=20, trust_env=False)
        if user:
            client.cookies.update({"narutalk_session": session_of(user), "narutalk_csrf": CSRF_TOKEN})
            client.headers["X-CSRFToken"] = CSRF_TOKEN
        return client


@contextmanager
def running_manager(router_url: str, **overrides: Any) -> Iterator[Manager]:
    """Serve the manager in front of a router."""
    from django_admin.config.asgi import build_application

    urls = {"router_urls": router_url, "document_urls": router_url}
    with serve(build_application(manager_settings(**{**urls, **overrides}))) as url:
        yield Manager(url)


def make_user(name: str, **fields: Any) -> "User":
    """Store a person who signs in by session only."""
    from django_admin.accounts.models import User

    return User.objects.create(username=name, password="!", **fields)


def session_of(user: "User") -> str:
    """Return the key of a new session of a user."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key


def csrf_field(page: str) -> str:
    """Return the CSRF token in a page's form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]
