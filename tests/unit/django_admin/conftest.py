"""A manager on a real port, with a real database and a scripted router, for each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from pytest_django import DjangoDbBlocker

from tests.fakes.document_service import DocumentService, running_document_service
from tests.fakes.manager import Manager, make_user, running_manager, running_router, set_up_django
from tests.fakes.remembering_router import RememberingRouter, running_remembering_router
from tests.fakes.router_server import FakeRouter

set_up_django()

MAX_UPLOAD_BYTES = 1024 * 1024
"""In the manager; the document service takes larger ones."""

from django_admin.accounts.models import User  # noqa: E402  (Django's models need Django set up first)


@pytest.fixture(scope="session")
def _router() -> Iterator[FakeRouter]:
    with running_router() as router:
        yield router


@pytest.fixture
def router(_router: FakeRouter) -> FakeRouter:
    """The router that the manager asks; a test scripts its next runs."""
    _router.reset()
    return _router


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RememberingRouter]:
    """The real router, which remembers. It runs for all tests; each has people of its own."""
    with running_remembering_router(tmp_path_factory.mktemp("router")) as router:
        yield router


@pytest.fixture(scope="session")
def _manager(
    _router: FakeRouter, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Manager]:
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            manager = stack.enter_context(running_manager(_router.url))
        yield manager


@pytest.fixture
def manager(transactional_db: None, router: FakeRouter, _manager: Manager) -> Manager:
    """A manager over an empty database. It runs for all tests; what one left in it is deleted."""
    return _manager


@pytest.fixture(scope="session")
def _remembering(
    memory: RememberingRouter, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Manager]:
    with django_db_blocker.unblock(), running_manager(memory.url) as manager:
        yield manager


@pytest.fixture
def remembering(transactional_db: None, _remembering: Manager) -> Manager:
    """A manager over the same database, in front of the real router."""
    return _remembering


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentService]:
    """The real document service. It runs for all tests; each has documents of its own."""
    with running_document_service(tmp_path_factory.mktemp("documents")) as service:
        yield service


@pytest.fixture(scope="session")
def _documented(
    _router: FakeRouter,
    documents: DocumentService,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Manager]:
    with (
        django_db_blocker.unblock(),
        running_manager(
            _router.url, document_urls=documents.url, max_upload_bytes=MAX_UPLOAD_BYTES
        ) as manager,
    ):
        yield manager


@pytest.fixture
def documented(transactional_db: None, _documented: Manager) -> Manager:
    """A manager over the same database, in front of the real document service."""
    return _documented


@pytest.fixture
def ann(manager: Manager) -> User:
    return make_user("ann")


@pytest.fixture
def bob(manager: Manager) -> User:
    return make_user("bob")


@pytest.fixture
def client(manager: Manager, ann: User) -> Iterator[httpx.Client]:
    """Ann's client."""
    with manager.client(ann) as client:
        yield client


@pytest.fixture
def bobs_client(manager: Manager, bob: User) -> Iterator[httpx.Client]:
    with manager.client(bob) as client:
        yield client
