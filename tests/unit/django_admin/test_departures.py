"""When an account is deleted, the router forgets the person: at once, or as soon as it can."""

from datetime import timedelta
from uuid import uuid4

import httpx
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.memories.departures import do_forget_departed
from django_admin.memories.models import Departure
from django_admin.memories.tasks import forget_departed
from django_admin.monitoring.schedule import periodic_tasks
from tests.fakes.manager import Manager, make_user, manager_settings
from tests.fakes.remembering_router import RememberingRouter
from tests.fakes.router_server import FakeRouter

UNREACHABLE = "http://127.0.0.1:9"
LATER = timedelta(hours=1)


def _with_belongings(memory: RememberingRouter, user: User) -> None:
    memory.remember(user, "A memory")
    memory.put(user, ["elsewhere"], str(uuid4()), {"text": "of a program"})
    with memory.client(user) as client:
        client.post("/threads", json={"thread_id": str(uuid4())}).raise_for_status()


def test_all_that_the_router_keeps_of_the_person_goes(
    manager: Manager, memory: RememberingRouter, ann: User, bob: User
) -> None:
    settings = manager_settings(router_urls=memory.url)
    for user in (ann, bob):
        _with_belongings(memory, user)
    gone = User(pk=ann.pk, username=ann.username)
    ann.delete()

    assert do_forget_departed(settings, timezone.now()) == 0, "a turn may still be under way"
    assert (memory.remembered(gone), memory.threads(gone)) == ([], [])
    assert (len(memory.remembered(bob)), len(memory.threads(bob))) == (2, 1)

    memory.remember(gone, "Stored by a turn that was under way")
    assert do_forget_departed(settings, timezone.now() + LATER) == 0, "something was found"
    assert memory.remembered(gone) == []
    assert do_forget_departed(settings, timezone.now() + LATER) == 1
    assert not Departure.objects.exists()


def test_it_is_tried_until_the_router_is_there(
    manager: Manager, memory: RememberingRouter, ann: User
) -> None:
    memory.remember(ann, "A memory")
    gone = User(pk=ann.pk, username=ann.username)
    ann.delete()

    assert do_forget_departed(manager_settings(router_urls=UNREACHABLE), timezone.now() + LATER) == 0
    assert len(memory.remembered(gone)) == 1
    with override_settings(NARUTALK=manager_settings(router_urls=memory.url)):
        forget_departed.func()
    assert memory.remembered(gone) == []


def test_a_router_that_refuses_is_asked_again(manager: Manager, router: FakeRouter, ann: User) -> None:
    """The scripted router has no store."""
    ann.delete()

    assert do_forget_departed(manager_settings(router_urls=router.url), timezone.now() + LATER) == 0
    assert Departure.objects.count() == 1


def test_every_way_to_delete_accounts_is_noted(manager: Manager, ann: User, bob: User) -> None:
    admin = make_user("root", is_superuser=True)
    pks = [str(ann.pk), str(bob.pk)]
    with manager.client(admin) as client:
        chosen = {"action": "delete_selected", "_selected_action": [pks[0]], "post": "yes"}
        token = {"csrfmiddlewaretoken": client.headers["X-CSRFToken"]}
        client.headers["Referer"] = manager.url
        assert client.post("/admin/accounts/user/", data={**chosen, **token}).status_code == 302
    User.objects.filter(pk=bob.pk).delete()

    assert list(Departure.objects.values_list("user_id", flat=True)) == pks


def test_a_deletion_that_is_taken_back_is_not_noted(manager: Manager, ann: User) -> None:
    with transaction.atomic():
        ann.delete()
        assert Departure.objects.exists()
        transaction.set_rollback(True)

    assert not Departure.objects.exists()
    assert User.objects.filter(username="ann").exists()


def test_the_worker_does_it_every_minute() -> None:
    (entry,) = [entry for entry in periodic_tasks() if entry.task == forget_departed]
    assert entry.every() == timedelta(minutes=1)


def test_a_deleted_conversation_takes_no_memory_along(
    client: httpx.Client, remembering: Manager, memory: RememberingRouter, ann: User
) -> None:
    """It is asked at the scripted router, and deleted at the real one."""
    asked = client.post("/api/chat", json={"message": "Remember that"}).json()["conversation_id"]
    key = memory.remember(ann, "That", conversation_id=asked)
    with memory.client(ann) as program:
        program.post("/threads", json={"thread_id": asked}).raise_for_status()

    with remembering.client(ann) as deleting:
        assert deleting.delete(f"/api/conversations/{asked}").status_code == 204

    assert (memory.threads(ann), memory.remembered(ann)) == ([], [key])
