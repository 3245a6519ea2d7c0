"""Who may review, and who opened what."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from django.contrib.auth.models import Permission

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation
from django_admin.reviews.models import AppliedLabel, Label, Note, Review, ReviewAccess
from tests.fakes.conversations import store_conversation, store_turn
from tests.fakes.manager import CSRF_TOKEN, Manager, make_user
from tests.unit.django_admin.reviews.reading import ACCESS_LOG, LIST, listed, transcript_path, write

LABELS = "/admin/reviews/label/"


@pytest.fixture
def conversation(ann: User) -> Conversation:
    conversation = store_conversation(ann, "How much for a hotel?")
    store_turn(conversation)
    return conversation


@pytest.fixture
def clerk(manager: Manager) -> Iterator[httpx.Client]:
    """Somebody on the staff without a role, but with every one of Django's permissions."""
    user = make_user("clerk", is_staff=True, roles=["hr", "manager"])
    user.user_permissions.set(Permission.objects.all())
    with manager.client(user) as client:
        yield client


def _forms(client: httpx.Client, conversation: Conversation) -> list[httpx.Response]:
    label = Label.objects.create(name=f"label {Label.objects.count()}")
    return [
        write(client, conversation, "note", text="Mine"),
        write(client, conversation, "delete-note", note=0),
        write(client, conversation, "label", add=label.pk),
        write(client, conversation, "reviewed", reviewed="yes"),
    ]


def test_djangos_own_permissions_open_nothing(clerk: httpx.Client, conversation: Conversation) -> None:
    for path in (LIST, transcript_path(conversation), LABELS, f"{LABELS}add/", ACCESS_LOG):
        assert clerk.get(path).status_code == 403, path
    assert {response.status_code for response in _forms(clerk, conversation)} == {403}
    index = clerk.get("/admin/").text
    assert LIST not in index
    assert ACCESS_LOG not in index
    assert not Note.objects.exists()
    assert not Review.objects.exists()


def test_people_do_not_get_in(client: httpx.Client, conversation: Conversation) -> None:
    for path in (LIST, transcript_path(conversation), LABELS, ACCESS_LOG):
        assert client.get(path).status_code in (302, 403), path
    assert {response.status_code for response in _forms(client, conversation)} <= {302, 403}
    assert not Note.objects.exists()
    assert not AppliedLabel.objects.exists()
    assert not ReviewAccess.objects.exists()


def test_a_reviewer_reads_everything_but_the_log(reviewer: httpx.Client, conversation: Conversation) -> None:
    assert listed(reviewer) == ["How much for a hotel?"]
    assert reviewer.get(transcript_path(conversation)).status_code == 200
    assert reviewer.get(LABELS).status_code == 200
    assert [response.status_code for response in _forms(reviewer, conversation)] == [302, 404, 302, 302]
    assert reviewer.get(f"{LABELS}add/").status_code == 403
    assert reviewer.get(ACCESS_LOG).status_code == 403
    assert ACCESS_LOG not in reviewer.get("/admin/").text


def test_the_record_is_changed_by_nobody(
    reviewer: httpx.Client, admin_client: httpx.Client, conversation: Conversation
) -> None:
    path = transcript_path(conversation)
    for client in (reviewer, admin_client):
        form = {"csrfmiddlewaretoken": CSRF_TOKEN, "title": "Changed"}
        assert client.post(path, data=form).status_code == 405
        assert client.get(f"{LIST}add/").status_code == 403
        assert (
            client.post(f"{LIST}{conversation.pk}/delete/", data={**form, "post": "yes"}).status_code == 403
        )
        assert client.get(f"/admin/conversations/message/{conversation.pk}/change/").status_code == 404
    conversation.refresh_from_db()
    assert conversation.title == "How much for a hotel?"


def test_what_reviewers_write_needs_the_csrf_token(
    reviewer: httpx.Client, conversation: Conversation
) -> None:
    del reviewer.headers["X-CSRFToken"]
    address = f"{LIST}{conversation.pk}/"

    for what in ("note", "delete-note", "label", "reviewed"):
        assert reviewer.post(f"{address}{what}/", data={"text": "x"}).status_code == 403, what
        assert reviewer.get(f"{address}{what}/").status_code == 405, what
    assert not Note.objects.exists()


def test_each_opening_of_somebody_elses_is_logged(
    manager: Manager, reviewer: httpx.Client, conversation: Conversation, rae: User, ann: User
) -> None:
    path = transcript_path(conversation)
    listed(reviewer, "?q=hotel")
    assert not ReviewAccess.objects.exists(), "the list shows no messages"

    reviewer.get(path, headers={"Referer": f"{manager.url}{LIST}?q=hotel"})
    reviewer.get(path, headers={"Referer": "https://elsewhere.example/secret"})
    reviewer.head(path)

    logged = ReviewAccess.objects.order_by("pk")
    assert [access.page for access in logged] == [f"{LIST}?q=hotel", "", ""]
    assert {(a.reviewer, a.owner, a.conversation_id) for a in logged} == {(rae, ann, conversation.pk)}


def test_ones_own_is_not_logged(reviewer: httpx.Client, rae: User) -> None:
    own = store_conversation(rae)

    page = reviewer.get(transcript_path(own))

    assert page.status_code == 200
    assert "is logged" not in page.text
    assert not ReviewAccess.objects.exists()


@pytest.mark.parametrize("path", [f"{LIST}{UUID(int=7)}/change/", f"{LIST}nonsense/change/"])
def test_what_is_not_there_is_not_logged(reviewer: httpx.Client, path: str) -> None:
    assert reviewer.get(path).status_code == 404
    assert not ReviewAccess.objects.exists()


def test_administrators_are_logged_and_read_the_log(
    admin_client: httpx.Client, client: httpx.Client, conversation: Conversation
) -> None:
    admin_client.get(transcript_path(conversation))

    log = admin_client.get(ACCESS_LOG).text
    for shown in ("root", "ann", "How much for a hotel?", transcript_path(conversation)):
        assert shown in log, shown
    for words in ("root", "ann", conversation.pk):
        assert transcript_path(conversation) in admin_client.get(f"{ACCESS_LOG}?q={words}").text, words
    assert transcript_path(conversation) not in admin_client.get(f"{ACCESS_LOG}?q=nobody").text

    client.delete(f"/api/conversations/{conversation.pk}")
    kept = admin_client.get(ACCESS_LOG).text
    assert str(conversation.pk) in kept
    assert "deleted by its owner" in kept


def test_the_log_is_changed_by_nobody(admin_client: httpx.Client, conversation: Conversation) -> None:
    admin_client.get(transcript_path(conversation))
    access = ReviewAccess.objects.get()

    form = {"csrfmiddlewaretoken": CSRF_TOKEN, "post": "yes", "page": "/changed/"}
    for path in ("add/", f"{access.pk}/delete/", f"{access.pk}/change/"):
        assert admin_client.post(f"{ACCESS_LOG}{path}", data=form).status_code == 403, path
    action = {**form, "action": "delete_selected", "_selected_action": str(access.pk)}
    admin_client.post(ACCESS_LOG, data=action)
    assert ReviewAccess.objects.get().page == ""


def test_administrators_keep_the_labels(admin_client: httpx.Client, conversation: Conversation) -> None:
    form = {"csrfmiddlewaretoken": CSRF_TOKEN, "name": "wrong source", "colour": "danger"}
    assert admin_client.post(f"{LABELS}add/", data=form).status_code == 302
    label = Label.objects.get()
    write(admin_client, conversation, "label", add=label.pk)

    assert admin_client.post(f"{LABELS}{label.pk}/delete/", data={**form, "post": "yes"}).status_code == 302

    assert not AppliedLabel.objects.exists()
    assert Conversation.objects.exists()
