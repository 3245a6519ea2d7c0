"""People manage their own keys on a page, administrators see and revoke all, reviewers neither."""

import re
from uuid import uuid4

import httpx
import pytest

from django_admin.accounts.key_actions import do_create_key
from django_admin.accounts.models import ApiKey, User
from tests.fakes.manager import Manager, csrf_field, make_user


def _post(client: httpx.Client, path: str, **form: object) -> httpx.Response:
    token = csrf_field(client.get("/accounts/keys/").text)
    return client.post(path, data={"csrfmiddlewaretoken": token, **form})


def _form(**changes: object) -> dict[str, object]:
    wanted = {"name": "Nightly <b>report</b>", "scopes": ["chat", "services:read"], "days": "30"}
    return {"id": str(uuid4()), **wanted, **changes}


def test_a_new_key_is_shown_once_and_works(client: httpx.Client, manager: Manager, ann: User) -> None:
    assert "You have no keys yet." in client.get("/accounts/keys/").text
    form = _form()

    made = _post(client, "/accounts/keys/", **form)

    text = re.search(r"nk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", made.text)
    assert text
    assert "no-store" in made.headers["Cache-Control"]
    assert "Nightly &lt;b&gt;report&lt;/b&gt;" in made.text
    key = ApiKey.objects.get(owner=ann)
    assert key.scopes == ["chat", "services:read"]
    listed = client.get("/accounts/keys/").text
    assert key.prefix in listed
    assert text[0] not in listed
    with manager.client() as program:
        program.headers["Authorization"] = f"Bearer {text[0]}"
        assert program.get("/api/services").status_code == 200
    assert _post(client, "/accounts/keys/", **form).headers["Location"] == "/accounts/keys/"
    assert ApiKey.objects.count() == 1, "the form was sent twice"


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"name": "x" * 81}, {"scopes": []}, {"scopes": ["admin"]}, {"days": "9999"}, {"id": "x"}],
)
def test_a_form_that_is_not_right_makes_nothing(client: httpx.Client, change: dict[str, object]) -> None:
    answer = _post(client, "/accounts/keys/", **_form(**change))

    assert answer.status_code == 200
    assert "nk_" not in answer.text
    assert ("field-error" in answer.text) is (change != {"id": "x"})
    assert ApiKey.objects.count() == 0


def test_a_key_is_revoked_by_its_owner_only(
    client: httpx.Client, bobs_client: httpx.Client, ann: User
) -> None:
    key = do_create_key(ann, name="mine", scopes=["chat"], days=1).key
    path = f"/accounts/keys/{key.pk}/revoke/"

    assert client.get(path).status_code == 405
    assert key.prefix not in bobs_client.get("/accounts/keys/").text
    assert _post(bobs_client, path).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
    assert _post(client, path).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at
    assert "revoked" in client.get("/accounts/keys/").text


def test_the_page_is_strict_paged_and_korean(client: httpx.Client, ann: User) -> None:
    for number in range(25):
        do_create_key(ann, name=f"number {number}", scopes=["chat"], days=1)

    first, second = client.get("/accounts/keys/"), client.get("/accounts/keys/?page=2").text
    assert "unsafe" not in first.headers["Content-Security-Policy"]
    assert " style=" not in first.text
    assert first.text.count('class="key"') == 20
    assert second.count('class="key"') == 5
    korean = client.get("/accounts/keys/", headers={"Accept-Language": "ko"}).text
    assert "무엇을 할 수 있나요?" in korean
    assert "How long" not in korean
    assert 'href="/accounts/keys/"' in client.get("/").text


def test_administrators_see_all_keys_and_revoke_them(manager: Manager, ann: User) -> None:
    issued = do_create_key(ann, name="report", scopes=["chat"], days=1)
    kept = do_create_key(ann, name="other", scopes=["chat"], days=1).key
    with manager.client(make_user("root", is_superuser=True)) as admin:
        listed = admin.get("/admin/accounts/apikey/")
        detail = admin.get(f"/admin/accounts/apikey/{issued.key.pk}/change/")
        for secret in (issued.key.digest, issued.text):
            assert secret not in listed.text + detail.text
        assert issued.key.prefix in listed.text
        assert 'name="name"' not in detail.text
        assert admin.get("/admin/accounts/apikey/add/").status_code == 403
        assert admin.get(f"/admin/accounts/apikey/{issued.key.pk}/delete/").status_code == 403
        form = {
            "csrfmiddlewaretoken": csrf_field(listed.text),
            "action": "revoke",
            "_selected_action": str(issued.key.pk),
        }
        assert admin.post("/admin/accounts/apikey/", data=form).status_code == 302
        assert kept.prefix in admin.get("/admin/accounts/apikey/?state=active").text
        assert issued.key.prefix not in admin.get("/admin/accounts/apikey/?state=active").text
        assert issued.key.prefix in admin.get("/admin/accounts/apikey/?state=revoked").text
    assert ApiKey.objects.get(pk=issued.key.pk).revoked_at
    assert ApiKey.objects.get(pk=kept.pk).revoked_at is None


def test_a_reviewer_enters_the_admin_site_but_sees_no_people(manager: Manager, ann: User) -> None:
    key = do_create_key(ann, name="report", scopes=["chat"], days=1).key
    closed = (
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{ann.pk}/change/",
        f"/admin/accounts/user/{ann.pk}/password/",
        f"/admin/accounts/user/{ann.pk}/history/",
        "/admin/accounts/apikey/",
        f"/admin/accounts/apikey/{key.pk}/change/",
        "/admin/auth/group/",
    )
    reviewer = make_user("rhea", roles=["reviewer"])
    with manager.client(reviewer) as client:
        index = client.get("/admin/")
        assert index.status_code == 200
        for name in ("accounts/user", "accounts/apikey", "auth/group"):
            assert f"/admin/{name}/" not in index.text, "the sidebar shows it"
        assert {path: client.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)
        assert 'href="/admin/"' in client.get("/").text
        _tick_roles(manager, reviewer, "hr")
        assert client.get("/admin/").status_code == 302
        assert 'href="/admin/"' not in client.get("/").text


def _tick_roles(manager: Manager, user: User, *roles: str) -> None:
    path = f"/admin/accounts/user/{user.pk}/change/"
    with manager.client(make_user("chief", is_superuser=True)) as admin:
        token = csrf_field(admin.get(path).text)
        form = {
            "csrfmiddlewaretoken": token,
            "username": user.username,
            "roles": list(roles),
            "is_active": "on",
        }
        assert admin.post(path, data=form).status_code == 302


@pytest.mark.django_db
def test_who_enters_the_admin_site_follows_from_the_roles() -> None:
    assert make_user("root", is_superuser=True).is_staff
    user = make_user("ann")
    assert not user.is_staff
    user.roles = ["reviewer"]
    user.save(update_fields=["roles"])
    user.refresh_from_db()
    assert user.is_staff


def test_groups_say_what_they_do(manager: Manager) -> None:
    with manager.client(make_user("root", is_superuser=True)) as admin:
        page = admin.get("/admin/auth/group/add/").text
        assert "region:SEO" in page
        form = {"csrfmiddlewaretoken": csrf_field(page), "name": "region:SEO"}
        assert admin.post("/admin/auth/group/add/", data=form).status_code == 302
        assert "region:SEO" in admin.get("/admin/auth/group/").text
