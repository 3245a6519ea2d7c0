"""API keys: what they open, what they do not, how often, and what is told and stored of them."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from django_admin.accounts.api_keys import digest_of, make_key, prefix_of
from django_admin.accounts.key_access import do_use_key
from django_admin.accounts.key_actions import MAX_ACTIVE_KEYS, IssuedKey, do_create_key, do_revoke_key
from django_admin.accounts.models import ApiKey, User
from django_admin.accounts.scopes import Scope
from django_admin.gateway.api import api
from django_admin.gateway.auth import LOGINS, KeyLogin
from narutalk.errors import Conflict, InvalidInput
from tests.fakes.manager import Manager, running_manager
from tests.fakes.router_server import FakeRouter
from tests.unit.django_admin.streams import error_code

ASK = ("POST", "/api/chat", Scope.CHAT)
LIST = ("GET", "/api/conversations", Scope.CONVERSATIONS_READ)
SERVICES = ("GET", "/api/services", Scope.SERVICES_READ)


def _issue(owner: User, *scopes: Scope, **fields: object) -> IssuedKey:
    issued = do_create_key(owner, name="nightly report", scopes=scopes or list(Scope), days=30)
    if fields:
        ApiKey.objects.filter(pk=issued.key.pk).update(**fields)
    return issued


@contextmanager
def _with_key(manager: Manager, text: str, scheme: str = "Bearer") -> Iterator[httpx.Client]:
    with manager.client() as client:
        client.headers["Authorization"] = f"{scheme} {text}"
        yield client


def test_every_route_names_a_scope() -> None:
    """Deny by default: a new route that says nothing is refused to keys, and fails here."""
    found = {}
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                keys = [login for login in operation.auth_callbacks if isinstance(login, KeyLogin)]
                found[f"{operation.methods[0]} {path}"] = [key.scope for key in keys]
    assert len(found) >= 9
    assert {name: scopes for name, scopes in found.items() if len(scopes) != 1 or not scopes[0]} == {}
    assert [login.scope for login in LOGINS if isinstance(login, KeyLogin)] == [None]


def test_a_key_asks_and_reads_as_its_owner(
    manager: Manager, ann: User, bobs_client: httpx.Client, router: FakeRouter
) -> None:
    ann.roles = ["hr"]
    ann.save()
    ann.groups.create(name="region:BUS")
    theirs = bobs_client.post("/api/chat", json={"message": "mine"}).json()["conversation_id"]

    with _with_key(manager, _issue(ann).text) as program:
        answer = program.post("/api/chat", json={"message": "How much is a hotel?"})
        listed = program.get("/api/conversations").json()
        renamed = program.patch(f"/api/conversations/{listed['items'][0]['id']}", json={"title": "Hotels"})
        foreign = program.get(f"/api/conversations/{theirs}")

    assert answer.status_code == 200
    assert listed["total"] == 1
    assert renamed.json()["title"] == "Hotels"
    assert foreign.status_code == 404
    identity = router.runs[-1].identity
    assert (identity.user_id, identity.roles, identity.groups) == (
        str(ann.pk),
        {"user", "hr"},
        {"region:BUS"},
    )


@pytest.mark.parametrize(("method", "path", "scope"), [ASK, LIST, SERVICES])
def test_a_key_opens_its_scopes_only(
    manager: Manager, ann: User, method: str, path: str, scope: Scope
) -> None:
    body = {"message": "hi"} if method == "POST" else None
    others = [other for other in Scope if other != scope]
    with _with_key(manager, _issue(ann, scope).text) as program:
        assert program.request(method, path, json=body).status_code == 200
    with _with_key(manager, _issue(ann, *others).text) as program:
        refused = program.request(method, path, json=body)
    assert (refused.status_code, error_code(refused)) == (403, "scope_missing")
    assert refused.json()["error"]["details"]["scope"] == scope


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"revoked_at": timezone.now()}, "key_revoked"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "key_expired"),
        ({"digest": digest_of("another")}, "key_invalid"),
    ],
)
def test_a_key_that_has_ended_is_refused(
    manager: Manager, ann: User, change: dict[str, object], code: str
) -> None:
    with _with_key(manager, _issue(ann, **change).text) as program:
        refused = program.get("/api/conversations")
    assert (refused.status_code, error_code(refused)) == (401, code)


def test_a_person_who_may_not_sign_in_any_more_has_no_keys(manager: Manager, ann: User) -> None:
    with _with_key(manager, _issue(ann).text) as program:
        assert program.get("/api/conversations").status_code == 200
        User.objects.filter(pk=ann.pk).update(is_active=False)
        assert error_code(program.get("/api/conversations")) == "key_invalid"


def test_a_wrong_key_is_refused_beside_a_good_session(
    manager: Manager, ann: User, client: httpx.Client
) -> None:
    issued = _issue(ann)
    for text in (
        "secret",
        make_key().text,
        issued.key.prefix,
        issued.text[:-1],
        f"{issued.text}x",
    ):
        refused = client.get("/api/conversations", headers={"Authorization": f"Bearer {text}"})
        assert (refused.status_code, error_code(refused)) == (401, "key_invalid"), text
    # A reverse proxy's own password is none of ours.
    assert client.get("/api/conversations", headers={"Authorization": "Basic YTpi"}).status_code == 200
    assert (
        client.get("/api/conversations", headers={"Authorization": f"bearer {issued.text}"}).status_code
        == 200
    )


def test_a_key_opens_no_page(manager: Manager, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(is_superuser=True, is_staff=True)
    with _with_key(manager, _issue(ann).text) as program:
        for path in ("/", "/admin/", "/accounts/keys/", "/documents/x"):
            assert program.get(path).status_code == 302, path


def test_no_secret_is_stored_or_logged(ann: User, caplog: pytest.LogCaptureFixture, manager: Manager) -> None:
    with caplog.at_level(logging.INFO):
        issued = _issue(ann)
        with _with_key(manager, issued.text) as program:
            program.get("/api/conversations")
            program.get("/api/conversations")
        do_revoke_key(issued.key, by=ann)
        do_revoke_key(issued.key, by=ann)

    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("api key")]
    assert said == ["api key created", "api key used for the first time", "api key revoked"]
    secret = issued.text.removeprefix(f"{issued.key.prefix}_")
    assert len(secret) == 43
    assert secret not in "".join(str(record.__dict__) for record in caplog.records)
    assert secret not in str(ApiKey.objects.values().get())
    assert {getattr(record, "api_key", None) for record in caplog.records} >= {issued.key.prefix}


def test_the_last_use_is_noted_once_a_minute(ann: User) -> None:
    issued = _issue(ann)
    do_use_key(issued.text, per_minute=10)
    first = ApiKey.objects.get().last_used_at
    do_use_key(issued.text, per_minute=10)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    do_use_key(issued.text, per_minute=10)
    again = ApiKey.objects.get().last_used_at
    assert first
    assert again
    assert again > first


def test_a_key_is_limited_and_told_when_to_come_back(
    ann: User, router: FakeRouter, client: httpx.Client
) -> None:
    issued, other = _issue(ann), _issue(ann)
    with (
        running_manager(router.url, requests_per_minute_per_key=3) as small,
        running_manager(router.url, requests_per_minute_per_key=3) as second,
        _with_key(small, issued.text) as program,
        _with_key(second, issued.text) as elsewhere,
    ):
        let_in = [
            program.get("/api/conversations"),
            elsewhere.get("/api/services"),
            program.get("/api/services"),
        ]
        refused = elsewhere.get("/api/conversations")
        with _with_key(small, other.text) as another:
            assert another.get("/api/conversations").status_code == 200
        with small.client(ann) as page:
            assert {page.get("/api/conversations").status_code for _ in range(6)} == {200}
        ApiKey.objects.update(window_started_at=timezone.now() - timedelta(seconds=60))
        assert program.get("/api/conversations").headers["RateLimit-Remaining"] == "2"

    assert [answer.status_code for answer in let_in] == [200] * 3
    assert [answer.headers["RateLimit-Remaining"] for answer in let_in] == ["2", "1", "0"]
    assert let_in[0].headers["RateLimit-Limit"] == "3"
    assert (refused.status_code, error_code(refused)) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "RateLimit-Limit" not in client.get("/api/conversations").headers


def test_no_request_slips_through_side_by_side(manager: Manager, ann: User, router: FakeRouter) -> None:
    issued = _issue(ann)
    with (
        running_manager(router.url, requests_per_minute_per_key=5) as small,
        _with_key(small, issued.text) as program,
        ThreadPoolExecutor(8) as pool,
    ):
        statuses = list(pool.map(lambda _: program.get("/api/conversations").status_code, range(16)))
    assert sorted(statuses) == [200] * 5 + [429] * 11


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "key_name_invalid"),
        ({"name": "x" * 81}, "key_name_invalid"),
        ({"scopes": []}, "scopes_invalid"),
        ({"scopes": ["chat", "admin"]}, "scopes_invalid"),
        ({"days": 0}, "key_days_invalid"),
        ({"days": 367}, "key_days_invalid"),
    ],
)
@pytest.mark.django_db
def test_a_key_is_made_within_limits(fields: dict[str, object], code: str) -> None:
    wanted = {"name": "report", "scopes": ["chat"], "days": 7, **fields}
    with pytest.raises(InvalidInput) as raised:
        do_create_key(User.objects.create(username="ann"), **wanted)  # type: ignore[arg-type]
    assert raised.value.code == code


@pytest.mark.django_db
def test_a_person_has_so_many_keys_and_a_repetition_makes_none() -> None:
    ann, key_id = User.objects.create(username="ann"), uuid4()
    do_create_key(ann, name="first", scopes=["chat"], days=1, key_id=key_id)
    with pytest.raises(Conflict, match="already"):
        do_create_key(ann, name="first", scopes=["chat"], days=1, key_id=key_id)
    for _ in range(MAX_ACTIVE_KEYS - 1):
        _issue(ann)
    with pytest.raises(Conflict, match="at most"):
        _issue(ann)
    do_revoke_key(ApiKey.objects.get(pk=key_id), by=ann)
    _issue(ann)


def test_the_form_of_a_key() -> None:
    first, second = make_key(), make_key()
    assert first.text.startswith(f"{first.prefix}_")
    assert prefix_of(first.text) == first.prefix
    assert len({first.text, second.text, first.prefix, second.prefix, first.digest, second.digest}) == 6
    assert first.text not in first.digest
