"""The pages of traces: who may see them, what they show, and the tree's arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.reviews.models import ReviewAccess
from django_admin.tracing.models import Run
from django_admin.tracing.tree import build_tree
from tests.fakes.conversations import store_conversation
from tests.fakes.manager import Manager, make_user

BEGIN = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def chief(manager: Manager) -> Iterator[httpx.Client]:
    user = make_user("chief", is_superuser=True, is_staff=True, language="en")
    with manager.client(user) as client:
        client.headers["Accept-Language"] = "en"
        yield client


def a_run(
    parent: Run | None = None,
    *,
    at_ms: float = 0,
    took_ms: float | None = 10,
    store: bool = True,
    **fields: Any,
) -> Run:
    run_id = uuid4()
    start = BEGIN + timedelta(milliseconds=at_ms)
    step = f"{start:%Y%m%dT%H%M%S%f}Z{run_id}"
    run = Run(
        id=run_id,
        trace_id=parent.trace_id if parent else run_id,
        parent_id=parent.pk if parent else None,
        dotted_order=f"{parent.dotted_order}.{step}" if parent else step,
        start_time=start,
        end_time=None if took_ms is None else start + timedelta(milliseconds=took_ms),
        duration_ms=took_ms,
        **{
            "name": "turn",
            "run_type": "chain",
            "service": "manager",
            "status": "pending" if took_ms is None else "success",
            "received_at": timezone.now(),
            **fields,
        },
    )
    if store:
        run.save()
    return run


def a_trace(**fields: Any) -> Run:
    root = a_run(
        took_ms=100, inputs={"question": "Who <b>sold</b> most?"}, conversation_id="c1", user_id="9", **fields
    )
    node = a_run(root, at_ms=10, took_ms=80, name="employee", service="router")
    wrapper = a_run(node, at_ms=20, took_ms=60, name="ToolEvents.awrap_tool_call", service="employee")
    a_run(
        wrapper,
        at_ms=30,
        took_ms=40,
        name="top_performers",
        run_type="tool",
        service="employee",
        status="error",
        error="ValueError('<script>')",
        usage={"total_tokens": 5},
    )
    return root


@pytest.mark.parametrize(
    "path",
    ["/dashboard/traces/", f"/dashboard/traces/{UUID(int=1)}/", f"/dashboard/traces/{UUID(int=1)}/tree"],
)
def test_pages_are_for_administrators(client: httpx.Client, manager: Manager, path: str) -> None:
    assert client.get(path).status_code == 403
    reviewer = make_user("reviewer", roles=["reviewer"], is_staff=True)
    with manager.client(reviewer) as other:
        assert other.get(path).status_code == 403


def test_a_list_of_traces(chief: httpx.Client) -> None:
    assert "There are no traces yet" in chief.get("/dashboard/traces/").text
    root = a_trace()

    page = chief.get("/dashboard/traces/").text

    assert f"/dashboard/traces/{root.pk}/" in page
    assert "Who &lt;b&gt;sold&lt;/b&gt; most?" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("status=success", True),
        ("status=error", False),
        ("status=nonsense", True),
        ("service=manager", True),
        ("service=router", False),
        ("name=tur", True),
        ("name=xyz", False),
        ("of=c1", True),
        ("of=9", True),
        ("of=c2", False),
        ("slow=500", False),
        ("slow=x", True),
        ("period=1h", False),
        ("page=2", False),
        ("page=-1", True),
        ("page=x", True),
        ("page=999999999999", True),
    ],
)
def test_filters(chief: httpx.Client, query: str, found: bool) -> None:
    root = a_trace()

    answer = chief.get(f"/dashboard/traces/?{query}")

    assert answer.status_code == 200
    assert (str(root.pk) in answer.text) is found


def test_a_message_leads_to_its_trace(chief: httpx.Client) -> None:
    message_id = str(uuid4())
    root = a_trace(metadata={"message_id": message_id})

    assert str(root.pk) in chief.get(f"/dashboard/traces/?of={message_id}").text
    assert str(root.pk) in chief.get(f"/dashboard/traces/?of={root.pk}").text
    assert str(root.pk) not in chief.get(f"/dashboard/traces/?of={uuid4()}").text


def test_a_trace_as_a_tree(chief: httpx.Client) -> None:
    root = a_trace()

    page = chief.get(f"/dashboard/traces/{root.pk}/").text
    fragment = chief.get(f"/dashboard/traces/{root.pk}/tree").text

    for text in (page, fragment):
        assert "top_performers" in text
        assert "ValueError(&#x27;&lt;script&gt;&#x27;)" in text
        assert "Show 1 inner steps" in text
    assert "<html" not in fragment
    assert chief.get(f"/dashboard/traces/{uuid4()}/").status_code == 404
    assert chief.get(f"/dashboard/traces/{uuid4()}/tree").status_code == 404


def test_who_opens_the_trace_of_somebody_elses_conversation_is_logged(chief: httpx.Client, ann: User) -> None:
    of_ann = store_conversation(ann)
    roots = [a_run(conversation_id=of) for of in (str(of_ann.pk), str(uuid4()), "c1", "")]

    for root in roots:
        for suffix in ("", "tree"):
            assert chief.get(f"/dashboard/traces/{root.pk}/{suffix}").status_code == 200

    logged = ReviewAccess.objects.values_list("reviewer__username", "owner__username", "conversation_id")
    assert list(logged) == [("chief", "ann", of_ann.pk)] * 2


def test_in_korean(manager: Manager, chief: httpx.Client) -> None:
    root = a_trace()
    chief.headers["Accept-Language"] = "ko"
    chief.cookies.set("narutalk_language", "ko")

    assert "내부 단계 1개 보기" in chief.get(f"/dashboard/traces/{root.pk}/tree").text


def test_the_trees_arithmetic() -> None:
    root = a_run(took_ms=100, store=False)
    node = a_run(root, at_ms=10, took_ms=80, store=False, service="router")
    noise = a_run(node, at_ms=20, took_ms=50, store=False, name="RunnableSequence")
    model = a_run(noise, at_ms=30, took_ms=20, store=False, run_type="llm", usage={"total_tokens": 5})
    unfinished = a_run(root, at_ms=60, took_ms=None, store=False)

    tree = build_tree([root, node, noise, model, unfinished])

    assert (tree.duration_ms, tree.noise_count, tree.tokens, tree.state) == (100, 1, 5, "success")
    assert tree.services == ["manager", "router"]
    assert [(row.depth, row.full_depth) for row in tree.rows] == [(0, 0), (1, 1), (2, 2), (2, 3), (1, 1)]
    assert [(row.offset_percent, row.width_percent) for row in tree.rows] == [
        (0, 100),
        (10, 80),
        (20, 50),
        (30, 20),
        (60, 40),
    ]


def test_a_tree_with_parts_missing() -> None:
    root = a_run(took_ms=100, store=False)
    lost = a_run(root, store=False)
    grandchild = a_run(lost, at_ms=5, store=False)

    tree = build_tree([root, grandchild])
    assert [(row.depth, row.is_orphan) for row in tree.rows] == [(0, False), (1, True)]

    rootless = build_tree([lost, grandchild])
    assert rootless.root is None
    assert rootless.state == "pending"
    assert [row.depth for row in rootless.rows] == [0, 1]


def test_a_run_of_a_dead_process_is_stale(chief: httpx.Client) -> None:
    old = timezone.now() - timedelta(hours=1)
    root = a_run(took_ms=None, received_at=old)
    fresh = a_run(took_ms=None)

    stale = chief.get("/dashboard/traces/?status=stale").text
    running = chief.get("/dashboard/traces/?status=pending").text

    assert (str(root.pk) in stale, str(fresh.pk) in stale) == (True, False)
    assert (str(root.pk) in running, str(fresh.pk) in running) == (False, True)
    assert "trace-state-stale" in chief.get(f"/dashboard/traces/{root.pk}/").text


def test_runs_without_times(chief: httpx.Client) -> None:
    root = a_run()
    Run.objects.filter(pk=root.pk).update(start_time=None, end_time=None, duration_ms=None)

    assert chief.get(f"/dashboard/traces/{root.pk}/").status_code == 200
    assert chief.get("/dashboard/traces/").status_code == 200
