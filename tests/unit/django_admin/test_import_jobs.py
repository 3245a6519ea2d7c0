"""Import jobs apart from the services: what ends them, how many there may be, how long files are kept."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from django_admin.accounts.models import User
from django_admin.imports.access import access_job, file_part
from django_admin.imports.actions import (
    DEAD_AFTER,
    FILES_KEPT,
    FILES_KEPT_FOR,
    JOBS_KEPT_FOR,
    RUNNING_AT_ONCE,
    do_beat,
    do_create,
    do_discard,
    do_fail,
    do_fail_abandoned,
    do_finish,
    do_prune,
    do_start_again,
)
from django_admin.imports.models import ImportFilePart, ImportJob
from narutalk.errors import Conflict, NaruTalkError, NotFound
from tests.fakes.manager import make_user, running_manager
from tests.fakes.router_server import FakeRouter, serve

pytestmark = pytest.mark.django_db(transaction=True)

RESULT: dict[str, Any] = {"applied": False, "problem_count": 0}
WAIT_SECONDS = 20
KIND = {"name": "products", "titles": {"en": "Products", "ko": "제품"}, "fields": []}


@pytest.fixture
def mina() -> User:
    return make_user("mina", roles=["manager"])


def _create(user: User, *, dry_run: bool = True) -> ImportJob:
    return do_create(
        user,
        service="client",
        kind="products",
        file_name="a.csv",
        parts=[b"ab", b"c"],
        options={},
        dry_run=dry_run,
    )


def _checked(user: User) -> ImportJob:
    job = _create(user)
    do_finish(job.pk, RESULT, [])
    return job


def test_a_file_is_kept_in_pieces_until_it_is_imported(mina: User) -> None:
    job = _checked(mina)
    assert [file_part(job.pk, number) for number in range(3)] == [b"ab", b"c", None]
    assert access_job(mina, job.pk).file_bytes == 3

    do_start_again(mina, job.pk, options={}, dry_run=False)
    do_finish(job.pk, {**RESULT, "applied": True}, [])

    assert file_part(job.pk, 0) is None
    with pytest.raises(Conflict) as raised:
        do_start_again(mina, job.pk, options={}, dry_run=False)
    assert raised.value.code == "import_applied"


def test_of_two_who_start_a_file_at_once_one_does(mina: User) -> None:
    job = _checked(mina)
    do_start_again(mina, job.pk, options={}, dry_run=False)
    with pytest.raises(Conflict) as raised:
        do_start_again(mina, job.pk, options={}, dry_run=False)
    assert raised.value.code == "import_running"


def test_a_person_has_so_many_running_imports_and_kept_files(mina: User) -> None:
    for _ in range(RUNNING_AT_ONCE):
        _create(mina)
    with pytest.raises(Conflict) as raised:
        _create(mina)
    assert raised.value.code == "imports_running"
    assert ImportJob.objects.count() == RUNNING_AT_ONCE
    _create(make_user("bob"))  # others go on

    for job in ImportJob.objects.filter(owner=mina):
        do_finish(job.pk, RESULT, [])
    for _ in range(FILES_KEPT):
        _checked(mina)
    kept = ImportFilePart.objects.filter(job__owner=mina).values("job").distinct()
    assert kept.count() == FILES_KEPT


@pytest.mark.parametrize(("dry_run", "code"), [(True, "import_interrupted"), (False, "import_uncertain")])
def test_a_run_whose_process_died_ends(mina: User, dry_run: bool, code: str) -> None:
    job = _create(mina, dry_run=dry_run)
    later = timezone.now() + DEAD_AFTER - timedelta(seconds=5)
    do_fail_abandoned(later)
    assert access_job(mina, job.pk).status == "running"

    ImportJob.objects.update(beat_at=timezone.now() - DEAD_AFTER)
    do_beat(job.pk)  # it lives
    do_fail_abandoned(later)
    assert access_job(mina, job.pk).status == "running"

    do_fail_abandoned(timezone.now() + DEAD_AFTER + timedelta(seconds=1))
    ended = access_job(mina, job.pk)
    assert (ended.status, ended.error["code"]) == ("failed", code)
    do_finish(job.pk, {**RESULT, "applied": True}, [])  # too late: it is told as it was
    assert access_job(mina, job.pk).status == "failed"


def test_old_files_and_jobs_are_let_go(mina: User) -> None:
    job = _checked(mina)
    running = _create(mina)
    do_prune(timezone.now() + FILES_KEPT_FOR - timedelta(minutes=1))
    assert file_part(job.pk, 0)
    do_prune(timezone.now() + FILES_KEPT_FOR + timedelta(minutes=1))
    assert file_part(job.pk, 0) is None
    with pytest.raises(Conflict) as raised:
        do_start_again(mina, job.pk, options={}, dry_run=True)
    assert raised.value.code == "import_file_gone"
    do_prune(timezone.now() + JOBS_KEPT_FOR + timedelta(minutes=1))
    assert list(ImportJob.objects.values_list("pk", flat=True)) == [running.pk]


def test_what_no_database_stores_is_left_out(mina: User) -> None:
    job = _create(mina)
    do_finish(job.pk, {**RESULT, "ignored": ["a\x00b"]}, [{"value": "\x00"}])
    told = access_job(mina, job.pk)
    assert (told.result["ignored"], told.problems) == (["ab"], [{"value": ""}])
    other = _create(mina)
    do_fail(other.pk, NaruTalkError("a\x00", details={"a\x00": ["\x00b"]}))
    assert access_job(mina, other.pk).error["details"] == {"a": ["b"]}


def test_what_is_not_imported_is_discarded(mina: User) -> None:
    checking, checked, failed = _create(mina), _checked(mina), _checked(mina)
    do_fail(failed.pk, NaruTalkError("no"))

    for job in (checking, checked, failed):
        do_discard(mina, job.pk)
        with pytest.raises(NotFound):
            access_job(mina, job.pk)
    # What a run that was stopped still says, nobody keeps.
    do_finish(checking.pk, {**RESULT, "applied": True}, [])
    do_beat(checking.pk)
    assert not ImportJob.objects.exists()
    assert not ImportFilePart.objects.exists()


def test_what_is_imported_or_somebody_elses_is_not_discarded(mina: User) -> None:
    applied, checked = _create(mina, dry_run=False), _checked(mina)
    do_finish(applied.pk, {**RESULT, "applied": True}, [])
    importing = _create(mina, dry_run=False)

    for user, job, code in (
        (mina, importing, "import_running"),
        (mina, applied, "import_applied"),
        (make_user("otto"), checked, "import_not_found"),
    ):
        with pytest.raises((Conflict, NotFound)) as refused:
            do_discard(user, job.pk)
        assert refused.value.code == code
    assert access_job(mina, importing.pk).status == "running"
    assert not access_job(mina, importing.pk).dry_run


@pytest.fixture
def silent() -> Iterator[tuple[str, Event]]:
    """A service that takes a file and does not answer, and when the one who asked went away."""
    left = Event()

    async def kinds(_request: Request) -> Response:
        return JSONResponse({"kinds": [KIND]})

    async def check(request: Request) -> Response:
        await request.body()
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        left.set()
        return Response(status_code=499)

    routes = [Route("/import/kinds", kinds), Route("/import", check, methods=["POST"])]
    with serve(Starlette(routes=routes)) as url:
        yield url, left


def test_a_check_that_goes_on_is_stopped(router: FakeRouter, mina: User, silent: tuple[str, Event]) -> None:
    url, left = silent
    urls = {"client_urls": url, "employee_urls": url}
    with running_manager(router.url, **urls) as manager, manager.client(mina) as client:
        form = {"kind": "products", "dry_run": "true"}
        accepted = client.post("/api/imports", data=form, files={"file": ("a.csv", b"a,b\n")})
        path = f"/api/imports/{accepted.json()['import_id']}"
        assert client.get(path).json()["status"] == "running"

        stopped, again, gone = client.delete(path), client.delete(path), client.get(path)

        assert (stopped.status_code, again.status_code, gone.status_code) == (204, 404, 404)
        assert left.wait(WAIT_SECONDS), "the service is still asked"
        assert client.get("/api/imports").json()["total"] == 0


@pytest.fixture
def breaking() -> Iterator[str]:
    """A service that takes a file and breaks off without an answer, as one does whose process dies."""

    async def kinds(_request: Request) -> Response:
        return JSONResponse({"kinds": [KIND]})

    class BreaksOff:
        """Closes the connection in the middle of the answer."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"] == "/import":
                while (await receive()).get("more_body"):
                    pass
                await send(
                    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]}
                )
                await send({"type": "http.response.body", "body": b"{", "more_body": False})
                return
            await app(scope, receive, send)

    app = Starlette(routes=[Route("/import/kinds", kinds)])
    with serve(BreaksOff()) as url:
        yield url


@pytest.mark.parametrize(("dry_run", "code"), [("true", "import_unavailable"), ("false", "import_uncertain")])
def test_an_answer_that_breaks_off_is_told_as_what_it_is(
    router: FakeRouter, mina: User, breaking: str, dry_run: str, code: str
) -> None:
    urls = {"client_urls": breaking, "employee_urls": breaking}
    with running_manager(router.url, **urls) as manager, manager.client(mina) as client:
        form = {"kind": "products", "dry_run": dry_run}
        accepted = client.post("/api/imports", data=form, files={"file": ("a.csv", b"a,b\n")})
        assert accepted.status_code == 202, accepted.text
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            job = client.get(f"/api/imports/{accepted.json()['import_id']}").json()
            if job["status"] != "running":
                break
            time.sleep(0.02)
    assert (job["status"], job["error"]["code"]) == ("failed", code)
    assert job["has_file"]
