"""People who read other people's conversations."""

from collections.abc import Iterator

import httpx
import pytest

from django_admin.accounts.models import User
from tests.fakes.manager import Manager, make_user


@pytest.fixture
def rae(manager: Manager) -> User:
    """A reviewer."""
    return make_user("rae", is_staff=True, roles=["reviewer"])


@pytest.fixture
def reviewer(manager: Manager, rae: User) -> Iterator[httpx.Client]:
    """Rae's client."""
    with manager.client(rae) as client:
        yield client


@pytest.fixture
def admin_client(manager: Manager) -> Iterator[httpx.Client]:
    with manager.client(make_user("root", is_staff=True, is_superuser=True)) as client:
        yield client
