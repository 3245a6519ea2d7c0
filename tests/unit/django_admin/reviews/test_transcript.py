"""The transcript: what is in it, that nothing in it runs, and what reviewers write beside it."""

import re
from datetime import timedelta

import httpx
import pytest

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation, Feedback, Message
from django_admin.reviews.models import AppliedLabel, Label, Note, Review
from tests.fakes.conversations import TWO_AGENTS, store_conversation, store_turn
from tests.unit.django_admin.reviews.reading import transcript_path, write

TRACE_ID = "8d5b3f0e-3c8a-4a62-9d0e-6b1f1e0a7c12"
EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@pytest.fixture
def conversation(ann: User) -> Conversation:
    return store_conversation(ann)


def _text(page: str) -> str:
    """Return what a person reads on a page's transcript."""
    turns = page[page.index('class="review-turns"') : page.index('class="review-side"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", turns))


def test_a_turn_reads_from_question_to_timings(reviewer: httpx.Client, conversation: Conversation) -> None:
    charts = [{"title": "Sales by <employee>", "spec": {"mark": "bar"}}]
    answer = store_turn(conversation, "Top sellers, and hotels?", **TWO_AGENTS, degraded=True, charts=charts)
    Feedback.objects.create(answer=answer, user=conversation.user, rating="down", comment="Old policy.")

    page = reviewer.get(transcript_path(conversation)).text

    text = _text(page)
    for expected in (
        "Top sellers, and hotels?",
        "Here are the top performers of the third quarter",
        "85%",
        "1.3 s",
        "without the language model",
        "thumbs down Old policy.",
        "Charts Sales by &lt;employee&gt;",  # where no script draws them
        "Travel and expense policy Hotels Hotel costs are paid up to 150,000 KRW a night",
        "Monthly sales of employees July to September 2026, all departments",
        "Route : Employees 88% , Documents 81% · intent employee_analysis · by the classifier",
        "Employees done Top performers of the third quarter 655 ms",
        "top_performers period: 2026-Q3 limit: 3 65 ms",
        "Documents too slow Hotel costs in the travel policy 402 ms",
        "search_documents query: hotel costs failed 38 ms",
        "900 tokens in, 80 out",
        f"run id {TWO_AGENTS['run_id']}",
    ):
        assert expected.replace(" :", ":") in text.replace(" :", ":"), expected
    assert '{"title": "Sales by \\u003Cemployee\\u003E", "spec": {"mark": "bar"}}' in page
    assert '<td align="right">1,284,500,000</td>' in page
    assert 'href="/documents/travel-policy?section=Hotels&amp;quote=Hotel+costs' in page
    assert 'style="width: 50%"' in page


def test_an_answer_that_failed_says_why(reviewer: httpx.Client, conversation: Conversation) -> None:
    store_turn(
        conversation,
        status="error",
        content="",
        confidence=None,
        error_code="router_unavailable",
        error_message="The assistant cannot be reached.",
        agents=[],
    )
    Message.objects.create(
        conversation=conversation,
        role="user",
        status="complete",
        content="Lost",
        created_at=conversation.created_at + timedelta(hours=1),
    )

    text = _text(reviewer.get(transcript_path(conversation)).text)

    assert "router_unavailable The assistant cannot be reached." in text
    assert "no agent" in text
    assert "Lost There is no answer to this question." in text


def test_what_was_stored_by_other_versions_is_shown_as_far_as_it_goes(
    reviewer: httpx.Client, conversation: Conversation
) -> None:
    store_turn(
        conversation,
        route={},
        agents=[{"name": "lawyer"}],
        tools=[{"agent": "notary", "name": "seal"}],
        citations=[{"title": "A/B", "document_id": "a/b"}, {}],
        usage={},
    )

    text = _text(reviewer.get(transcript_path(conversation)).text)

    for expected in ("lawyer", "notary", "seal", "A/B"):
        assert expected in text


def test_nothing_that_was_said_runs(reviewer: httpx.Client, conversation: Conversation, rae: User) -> None:
    conversation.title = EVIL[:80]
    conversation.save()
    delegation = {"agent": EVIL, "task": EVIL, "confidence": 0.5}
    tool = {"agent": EVIL, "name": EVIL, "args": {EVIL: EVIL, "list": [EVIL]}, "status": EVIL}
    citation = {"index": 1, "title": EVIL, "section": EVIL, "quote": EVIL, "document_id": EVIL}
    answer = store_turn(
        conversation,
        EVIL,
        content=f"{EVIL} [x](javascript:alert(3))",
        intent=EVIL,
        route={"delegations": [delegation], "method": EVIL},
        agents=[{"name": EVIL, "task": EVIL, "status": EVIL, "duration_ms": 1}],
        tools=[tool],
        citations=[citation, {**citation, "kind": "records", "detail": EVIL}],
        error_code=EVIL[:64],
        error_message=EVIL,
        run_id=EVIL[:64],
        trace_id=EVIL[:64],
    )
    Feedback.objects.create(answer=answer, user=conversation.user, rating="down", comment=EVIL)
    write(reviewer, conversation, "note", text=EVIL)
    label = Label.objects.create(name="<b>bold</b>")
    write(reviewer, conversation, "label", add=label.pk)

    for path in (
        transcript_path(conversation),
        "/admin/conversations/conversation/",
        "/admin/reviews/label/",
    ):
        page = reviewer.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<b>bold" not in page, path
        assert 'href="javascript:' not in page, path


def test_a_long_conversation_has_pages(reviewer: httpx.Client, conversation: Conversation) -> None:
    for number in range(21):
        store_turn(conversation, f"Question {number}!")
    path = transcript_path(conversation)

    first = reviewer.get(path).text
    assert "Question 19!" in first
    assert "Question 20!" not in first
    last = reviewer.get(f"{path}?page=2").text
    assert "Question 20!" in last
    assert 'id="turn-21"' in last
    assert "Question 19!" not in last
    assert "Question 20!" in reviewer.get(f"{path}?page=99").text


def test_notes_are_added_and_ones_own_deleted(
    reviewer: httpx.Client, admin_client: httpx.Client, conversation: Conversation
) -> None:
    kept = "?_changelist_filters=errors%3Dfailed"
    response = write(reviewer, conversation, "note", kept, text="  First.\nSecond line.  ")
    assert response.headers["Location"] == transcript_path(conversation) + kept
    note = Note.objects.get()
    assert (note.text, note.author.username) == ("First.\nSecond line.", "rae")
    assert "First.\nSecond line." in reviewer.get(transcript_path(conversation)).text

    assert write(admin_client, conversation, "delete-note", note=note.pk).status_code == 404
    assert write(reviewer, store_conversation(note.author), "delete-note", note=note.pk).status_code == 404
    assert Note.objects.exists()
    assert write(reviewer, conversation, "delete-note", note=note.pk).status_code == 302
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("text", "problem"), [(" ", "The note is empty."), ("x" * 4001, "The note is too long.")]
)
def test_a_note_that_is_refused_says_why(
    reviewer: httpx.Client, conversation: Conversation, text: str, problem: str
) -> None:
    assert write(reviewer, conversation, "note", text=text).status_code == 302

    assert problem in reviewer.get(transcript_path(conversation)).text
    assert not Note.objects.exists()


def test_labels_are_put_on_and_taken_off(
    reviewer: httpx.Client, conversation: Conversation, rae: User
) -> None:
    wrong, good = (Label.objects.create(name=name) for name in ("wrong source", "good example"))
    for label in (wrong, wrong, good):
        assert write(reviewer, conversation, "label", add=label.pk).status_code == 302

    assert set(conversation.labels.all()) == {wrong, good}
    assert AppliedLabel.objects.get(label=wrong).reviewer == rae
    page = reviewer.get(transcript_path(conversation)).text
    assert page.count('aria-pressed="true"') == 2
    for _ in range(2):
        write(reviewer, conversation, "label", remove=wrong.pk)
    assert list(conversation.labels.all()) == [good]
    for wrong_id in ("0", "x", ""):
        assert write(reviewer, conversation, "label", add=wrong_id).status_code == 404


def test_reviewed_is_said_and_taken_back(
    reviewer: httpx.Client, conversation: Conversation, rae: User
) -> None:
    write(reviewer, conversation, "reviewed", reviewed="yes")
    assert Review.objects.get().reviewer == rae
    assert "Reviewed by rae" in reviewer.get(transcript_path(conversation)).text

    conversation.updated_at = Review.objects.get().reviewed_at + timedelta(microseconds=1)
    conversation.save()
    assert "Since then something more was asked." in reviewer.get(transcript_path(conversation)).text
    write(reviewer, conversation, "reviewed", reviewed="yes")
    assert "Since then" not in reviewer.get(transcript_path(conversation)).text

    write(reviewer, conversation, "reviewed", reviewed="no")
    assert not Review.objects.exists()


def test_a_trace_is_offered_to_administrators(
    reviewer: httpx.Client, admin_client: httpx.Client, conversation: Conversation
) -> None:
    store_turn(conversation, trace_id=TRACE_ID)
    store_turn(conversation, "Not traced")
    path = transcript_path(conversation)

    page = admin_client.get(path).text
    assert page.count("data-trace=") == 1
    assert f'data-trace="/dashboard/traces/{TRACE_ID}/tree"' in page
    assert f'href="/dashboard/traces/{TRACE_ID}/"' in page
    assert TRACE_ID not in reviewer.get(path).text


def test_korean(reviewer: httpx.Client, conversation: Conversation) -> None:
    store_turn(conversation, **TWO_AGENTS)
    reviewer.cookies.set("narutalk_language", "ko")

    page = reviewer.get(transcript_path(conversation)).text

    for expected in (
        "답변 과정",
        "직원",
        "시간 초과",
        "1.3초",
        "분류기가 결정",
        "메모 남기기",
        "검토 완료로 표시",
    ):
        assert expected in page, expected
