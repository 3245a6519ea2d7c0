"""The list of conversations: its columns, its filters, its search, and what it costs."""

from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation, Feedback
from django_admin.reviews.models import AppliedLabel, Label, Review
from django_admin.reviews.triage import with_triage
from tests.fakes.conversations import ASKED_AT, TWO_AGENTS, store_conversation, store_turn
from tests.unit.django_admin.reviews.reading import LIST, listed

TROUBLES = ("failed", "agent", "interrupted", "degraded")


@pytest.fixture
def plain(ann: User) -> Conversation:
    """A conversation that none but the widest filter finds."""
    conversation = store_conversation(ann, "Plain")
    store_turn(conversation)
    return conversation


@pytest.fixture
def found(bob: User) -> Conversation:
    """A conversation that a test makes stand out."""
    return store_conversation(bob, "Found", asked_at=ASKED_AT + timedelta(days=1))


def test_the_columns_tell_what_is_worth_reading(
    reviewer: httpx.Client, found: Conversation, rae: User
) -> None:
    good = store_turn(found, confidence=0.93)
    bad = store_turn(found, confidence=0.41)
    store_turn(found, status="error", error_code="turn_failed", confidence=None)
    Feedback.objects.create(answer=good, user=found.user, rating="up")
    Feedback.objects.create(answer=bad, user=found.user, rating="down", comment="No.")
    AppliedLabel.objects.create(
        label=Label.objects.create(name="wrong source"), conversation=found, reviewer=rae
    )
    Review.objects.create(conversation=found, reviewer=rae, reviewed_at=found.updated_at)

    row = with_triage(Conversation.objects.all()).get()
    counted = (row.turns, row.lowest_confidence, row.errors, row.thumbs_up, row.thumbs_down)  # type: ignore[attr-defined]
    assert counted == (3, 0.41, 1, 1, 1)
    page = reviewer.get(LIST).text
    for shown in ("bob", "41%", "thumbs down", "wrong source", "rae"):
        assert shown in page, shown
    assert "No." not in page


@pytest.mark.parametrize(("query", "titles"), [
    ("?updated_at_from=2026-11-11", ["Found"]),
    ("?updated_at_to=2026-11-10", ["Plain"]),
    ("?updated_at_from=2026-11-10&updated_at_to=2026-11-11", ["Found", "Plain"]),
    ("?updated_at_from=2026-11-12", []),
    ("?updated_at_from=nonsense", ["Found", "Plain"]),
])  # fmt: skip
def test_by_date(
    reviewer: httpx.Client, plain: Conversation, found: Conversation, query: str, titles: list[str]
) -> None:
    assert listed(reviewer, query) == titles


def test_by_user(reviewer: httpx.Client, plain: Conversation, found: Conversation) -> None:
    assert listed(reviewer, f"?user={found.user_id}") == ["Found"]
    assert listed(reviewer, "?user=0") == []
    assert listed(reviewer, "?user=x") == ["Found", "Plain"]


@pytest.mark.parametrize("service_used", ["client", "client+document", "document+client", "document, client"])
def test_by_agent(
    reviewer: httpx.Client, plain: Conversation, found: Conversation, service_used: str
) -> None:
    store_turn(found, service_used=service_used)

    assert listed(reviewer, "?agent=client") == ["Found"]
    assert listed(reviewer, "?agent=employee") == []
    assert listed(reviewer, "?agent=nobody") == ["Found", "Plain"]


def test_by_low_confidence(reviewer: httpx.Client, plain: Conversation, found: Conversation) -> None:
    store_turn(found, confidence=0.95)
    store_turn(found, confidence=0.6)

    assert listed(reviewer, "?confidence=70") == ["Found"]
    assert listed(reviewer, "?confidence=50") == []


def test_by_feedback(reviewer: httpx.Client, plain: Conversation, found: Conversation) -> None:
    store_turn(found)
    given = Feedback.objects.create(answer=store_turn(found), user=found.user, rating="down")
    liked = plain.messages.get(role="assistant")
    Feedback.objects.create(answer=liked, user=plain.user, rating="up")

    assert listed(reviewer, "?feedback=down") == ["Found"]
    assert listed(reviewer, "?feedback=up") == ["Plain"]
    assert listed(reviewer, "?feedback=comment") == []
    given.comment = "Wrong."
    given.save()
    assert listed(reviewer, "?feedback=comment") == ["Found"]


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        ("failed", {"status": "error", "error_code": "turn_failed"}),
        ("interrupted", {"status": "interrupted"}),
        ("agent", TWO_AGENTS),
        ("degraded", {"degraded": True}),
    ],
)
def test_by_errors(
    reviewer: httpx.Client,
    plain: Conversation,
    found: Conversation,
    trouble: str,
    answer: dict[str, object],
) -> None:
    said = {"name": "document", "task": 'is "status": "error" a fault?', "status": "success"}
    store_turn(plain, agents=[said])
    store_turn(found, **answer)

    assert {name: listed(reviewer, f"?errors={name}") for name in TROUBLES} == {
        name: ["Found"] if name == trouble else [] for name in TROUBLES
    }


def test_by_label(reviewer: httpx.Client, plain: Conversation, found: Conversation, rae: User) -> None:
    used, unused = (Label.objects.create(name=name) for name in ("used", "unused"))
    AppliedLabel.objects.create(label=used, conversation=found, reviewer=rae)

    assert listed(reviewer, f"?label={used.pk}") == ["Found"]
    assert listed(reviewer, f"?label={unused.pk}") == []


def test_by_review(reviewer: httpx.Client, plain: Conversation, found: Conversation, rae: User) -> None:
    stale = store_conversation(found.user, "Stale", asked_at=ASKED_AT + timedelta(days=2))
    for conversation, since in ((found, timedelta(0)), (stale, timedelta(hours=-1))):
        Review.objects.create(
            conversation=conversation, reviewer=rae, reviewed_at=conversation.updated_at + since
        )

    assert listed(reviewer, "?reviewed=yes") == ["Found"]
    assert listed(reviewer, "?reviewed=stale") == ["Stale"]
    assert listed(reviewer, "?reviewed=no") == ["Plain"]


def test_searches_words_people_and_ids(
    reviewer: httpx.Client, plain: Conversation, found: Conversation
) -> None:
    answer = store_turn(
        found, "거래처 매출을 알려줘", content="한국약국 1위", **{"run_id": TWO_AGENTS["run_id"]}
    )
    store_turn(found, "거래처 계약은?")

    ids = (found.pk, answer.pk, answer.reply_to_id, answer.run_id)
    for words in ("Found", "매출을", "거래처", "한국약국 1위", "bob", *ids):
        assert listed(reviewer, f"?q={words}") == ["Found"], words
    assert listed(reviewer, "?q=nowhere") == []


def test_filters_work_together(reviewer: httpx.Client, plain: Conversation, found: Conversation) -> None:
    store_turn(found, confidence=0.3, degraded=True)

    assert listed(reviewer, "?confidence=50&errors=degraded&reviewed=no&agent=document&q=found") == ["Found"]
    assert listed(reviewer, "?confidence=50&errors=failed") == []


def test_the_list_asks_the_database_as_often_for_many_as_for_one(rae: User, ann: User) -> None:
    client = Client()  # in this thread, where the queries are counted
    client.force_login(rae)
    label = Label.objects.create(name="used")

    def add(count: int) -> None:
        for number in range(count):
            conversation = store_conversation(ann, f"Conversation {number}")
            Feedback.objects.create(answer=store_turn(conversation), user=ann, rating="down")
            AppliedLabel.objects.create(label=label, conversation=conversation, reviewer=rae)
            Review.objects.create(conversation=conversation, reviewer=rae, reviewed_at=timezone.now())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    add(1)
    few = queries()
    add(20)
    assert queries() == few


def test_a_page_has_a_limit(reviewer: httpx.Client, ann: User) -> None:
    for number in range(51):
        store_conversation(ann, f"Conversation {number}")

    assert len(listed(reviewer)) == 50
    assert len(listed(reviewer, "?p=2")) == 1
    assert len(listed(reviewer, "?all=")) == 50
