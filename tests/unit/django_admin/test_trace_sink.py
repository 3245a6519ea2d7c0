"""The sink: what the stock SDK sends, in any order and form; and what it refuses."""

import json
import logging
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import zstandard
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from langsmith.run_trees import RunTree
from pydantic import SecretStr

from django_admin.tracing.actions import do_delete_old_runs
from django_admin.tracing.ingest import MAX_BODY_BYTES, MAX_RUNS
from django_admin.tracing.models import Run, RunStatus
from django_admin.tracing.multipart import expanded, split
from django_admin.tracing.reports import Operation, Reported, merge, read_report
from narutalk.errors import InvalidInput, TooLarge
from narutalk.identity import ingest_key
from narutalk.telemetry.tracing.client import TracingClient
from narutalk.telemetry.tracing.destinations import SINK_INFO, Destination
from narutalk.telemetry.tracing.environment import own_environment
from narutalk.telemetry.tracing.redaction import Redactor
from tests.fakes.manager import Manager, keys_dir, manager_settings
from tests.unit.django_admin.streams import error_code

BEGIN = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def sink(manager: Manager) -> Iterator[httpx.Client]:
    """A client with the ingest key."""
    key = ingest_key(manager_settings()).get_secret_value()
    assert keys_dir().exists()
    with httpx.Client(
        base_url=f"{manager.url}/ingest/langsmith/", headers={"X-API-Key": key}, trust_env=False, timeout=20
    ) as client:
        yield client


def post_of(run_id: UUID | None = None, **fields: Any) -> dict[str, Any]:
    run_id = run_id or uuid4()
    return {
        "id": str(run_id),
        "trace_id": str(run_id),
        "dotted_order": f"{BEGIN:%Y%m%dT%H%M%S%f}Z{run_id}",
        "name": "turn",
        "run_type": "chain",
        "start_time": BEGIN.isoformat(),
        "inputs": {"question": "?"},
        "outputs": {},
        "extra": {"metadata": {"service": "manager", "conversation_id": "c1"}},
        **fields,
    }


def patch_of(run: dict[str, Any], **fields: Any) -> dict[str, Any]:
    kept = {name: run[name] for name in ("id", "trace_id", "dotted_order")}
    end = {"end_time": (BEGIN + timedelta(milliseconds=250)).isoformat(), "outputs": {"answer": "!"}}
    return {**kept, **end, **fields}


def test_the_stock_sdk_is_understood(manager: Manager) -> None:
    with own_environment():
        client = TracingClient(
            Destination("sink", f"{manager.url}/ingest/langsmith", ingest_key(manager_settings()), SINK_INFO),
            Redactor(),
        )
        root = RunTree(name="turn", inputs={"question": "?"}, client=client, project_name="p")
        root.post()
        child = root.create_child(name="model", run_type="llm", inputs={"messages": []})
        child.post()
        child.end(outputs={"text": "!"}, metadata={"usage_metadata": {"total_tokens": 7}})
        child.patch()
        root.end(error="ValueError('no')")
        root.patch()
        client.close(timeout=10)

    stored = {run.name: run for run in Run.objects.all()}
    assert stored["model"].parent_id == stored["model"].trace_id == root.id
    assert stored["model"].usage == {"total_tokens": 7}
    assert (stored["turn"].status, stored["turn"].error) == (RunStatus.ERROR, "ValueError('no')")
    assert stored["model"].status == RunStatus.SUCCESS
    assert stored["model"].duration_ms is not None


def test_info_asks_for_json(sink: httpx.Client) -> None:
    assert sink.get("info").json()["batch_ingest_config"]["use_multipart_endpoint"] is False


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_does_not_matter(sink: httpx.Client, order: tuple[int, ...]) -> None:
    run = post_of()
    patch = patch_of(run, extra={"metadata": {"usage_metadata": {"total_tokens": 3}, "service": "router"}})
    requests = [("post", run), ("patch", patch), ("post", run)]

    for index in order:
        operation, body = requests[index]
        assert sink.post("runs/batch", json={operation: [body]}).status_code == 202

    stored = Run.objects.get()
    assert (stored.status, stored.outputs, stored.inputs) == ("success", {"answer": "!"}, {"question": "?"})
    assert (stored.duration_ms, stored.service, stored.conversation_id) == (250, "router", "c1")
    assert stored.usage == {"total_tokens": 3}


def test_one_run_at_a_time(sink: httpx.Client) -> None:
    run = post_of()

    assert sink.post("runs", json=run).status_code == 202
    assert Run.objects.get().status == RunStatus.PENDING
    assert sink.patch(f"runs/{run['id']}", json=patch_of(run)).status_code == 202
    assert Run.objects.get().status == RunStatus.SUCCESS


def test_good_runs_are_kept_beside_bad_ones(sink: httpx.Client) -> None:
    bad: list[Any] = [
        {"id": "x"},
        7,
        None,
        {**post_of(), "dotted_order": "what"},
        {**post_of(), "trace_id": None},
    ]
    answer = sink.post("runs/batch", json={"post": [post_of(), *bad, post_of()]})

    assert (answer.status_code, error_code(answer)) == (422, "run_invalid")
    assert answer.json()["error"]["details"]["accepted"] == 2
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"post": 1}', b'{"post": {"id": 1}}', b"\xff", b"[" * 10_000]
)
def test_what_makes_no_sense_is_refused(sink: httpx.Client, body: bytes) -> None:
    assert sink.post("runs/batch", content=body).status_code == 422


def test_what_is_too_much_is_refused(sink: httpx.Client) -> None:
    assert sink.post("runs/batch", content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413
    runs = [post_of() for _ in range(MAX_RUNS + 1)]
    assert sink.post("runs/batch", content=orjson.dumps({"post": runs})).status_code == 413
    assert Run.objects.count() == 0


def test_secrets_and_bulk_are_taken_out_again(sink: httpx.Client) -> None:
    key = ingest_key(manager_settings()).get_secret_value()
    run = post_of(
        name="Bearer abcdefgh12345678",
        tags=["sk-0123456789abcdef"],
        error="password=hunter22",
        inputs={
            "authorization": "x1y2z3",
            "text": "a\0b" + "x" * 100_000,
            "nested": {"nk_0123456789abcdef": 1},
        },
        extra={"metadata": {"token": "q1w2e3r4"}, "unknown": "y" * 1000},
        serialized={"kwargs": {"api_key": "never"}},
        unknown={"z": 1},
    )
    assert sink.post("runs/batch", json={"post": [run]}).status_code == 202
    assert sink.post("runs/batch", json={"post": [post_of(inputs={"x": f"key {key}"})]}).status_code == 202

    stored = json.dumps(list(Run.objects.values()), default=str)
    for secret in (
        "abcdefgh12345678",
        "sk-0123",
        "hunter22",
        "x1y2z3",
        "nk_0123",
        "q1w2e3r4",
        "never",
        "unknown",
    ):
        assert secret not in stored, secret
    assert len(stored) < 20_000


def _multipart(*runs: tuple[str, dict[str, Any]], boundary: str = "b0") -> bytes:
    """Write runs as the SDK does."""
    body = b""
    for operation, run in runs:
        main = {key: value for key, value in run.items() if key not in ("inputs", "outputs", "extra")}
        parts = {"": main, **{f".{key}": run[key] for key in ("inputs", "outputs", "extra") if key in run}}
        for field, value in parts.items():
            content = orjson.dumps(value)
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{operation}.{run["id"]}{field}"\r\n'
            )
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
            body += head.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def test_multipart(sink: httpx.Client) -> None:
    run = post_of(inputs={"text": "\r\n--b0 is no boundary here: é"})
    body = _multipart(("post", run), ("patch", patch_of(run)))
    headers = {"Content-Type": "multipart/form-data; boundary=b0"}

    assert sink.post("runs/multipart", content=body, headers=headers).status_code == 202
    packed = zstandard.compress(_multipart(("post", post_of())))
    assert (
        sink.post(
            "runs/multipart", content=packed, headers={**headers, "Content-Encoding": "zstd"}
        ).status_code
        == 202
    )

    stored = Run.objects.get(pk=run["id"])
    assert (stored.inputs, stored.outputs) == (run["inputs"], {"answer": "!"})
    assert Run.objects.count() == 2


def test_multipart_as_the_sdk_writes_it(manager: Manager) -> None:
    info = {
        **SINK_INFO,
        "batch_ingest_config": {**SINK_INFO["batch_ingest_config"], "use_multipart_endpoint": True},
    }
    with own_environment():
        client = TracingClient(
            Destination("sink", f"{manager.url}/ingest/langsmith", ingest_key(manager_settings()), info),
            Redactor(),
        )
        root = RunTree(name="turn", inputs={"question": "?"}, client=client, project_name="p")
        root.post()
        root.end(outputs={"answer": "!"})
        root.patch()
        client.close(timeout=10)

    stored = Run.objects.get()
    assert (stored.status, stored.inputs, stored.outputs) == ("success", {"question": "?"}, {"answer": "!"})


def test_a_bomb_does_not_go_off() -> None:
    bomb = zstandard.compress(b"\0" * 100_000_000)
    assert len(bomb) < 10_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            expanded(bomb, "zstd", max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("body", "encoding"), [(b"no zstd", "zstd"), (b"", "zstd"), (b"x", "gzip")])
def test_other_encodings_are_refused(body: bytes, encoding: str) -> None:
    if body == b"" and encoding == "zstd":
        assert expanded(body, encoding, max_bytes=10) == b""
        return
    with pytest.raises(InvalidInput):
        expanded(body, encoding, max_bytes=10)


def test_multipart_limits() -> None:
    with pytest.raises(InvalidInput):
        split(b"", "application/json")
    with pytest.raises(InvalidInput):
        split(
            b'--b0\r\nContent-Disposition: form-data; name="post.%s"\r\n\r\n{' % str(uuid4()).encode(),
            "multipart/form-data; boundary=b0",
        )
    with pytest.raises(TooLarge):
        split(b"--b0\r\n" * 5_000, "multipart/form-data; boundary=b0")
    attachment = (
        b'--b0\r\nContent-Disposition: form-data; name="attachment.%s.a"\r\n\r\nxx\r\n--b0--'
        % str(uuid4()).encode()
    )
    assert split(attachment, "multipart/form-data; boundary=b0") == []


def test_old_runs_go(sink: httpx.Client) -> None:
    runs = [post_of() for _ in range(3)]
    sink.post("runs/batch", json={"post": runs})
    Run.objects.filter(pk=runs[0]["id"]).update(received_at=timezone.now() - timedelta(days=15))

    assert do_delete_old_runs(older_than=timedelta(days=14)) == 1
    assert Run.objects.count() == 2


def test_a_wrong_key_stores_nothing(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    wrong = SecretStr("wrong")
    with httpx.Client(base_url=f"{manager.url}/ingest/langsmith/", trust_env=False) as client:
        for headers in ({}, {"X-API-Key": wrong.get_secret_value()}, {"Authorization": "Bearer wrong"}):
            assert client.post("runs/batch", json={"post": [post_of()]}, headers=headers).status_code == 401
    assert Run.objects.count() == 0


def _reported(operation: Operation, filled: dict[str, Any], run: dict[str, Any]) -> Reported:
    given_run = post_of(UUID(run["id"])) if operation == "post" else patch_of(run)
    return read_report({**given_run, **filled}, Redactor())


@given(
    st.lists(st.sampled_from(["post", "patch"]), min_size=2, max_size=6).filter(lambda x: len(set(x)) == 2),
    st.dictionaries(
        st.sampled_from(["outputs", "error", "name"]), st.sampled_from([None, "", "x"]), max_size=3
    ),
    st.dictionaries(
        st.sampled_from(["outputs", "error", "inputs"]), st.sampled_from([None, {}, "y"]), max_size=3
    ),
)
def test_merging_is_the_same_in_any_order(
    operations: list[Operation], first: dict[str, Any], last: dict[str, Any]
) -> None:
    run = post_of(UUID(int=7))
    first = {key: value if key == "outputs" else value or "" for key, value in first.items()}
    last = {
        key: (value if isinstance(value, str) else None) if key == "error" else value
        for key, value in last.items()
    }
    reports = {"post": _reported("post", first, run), "patch": _reported("patch", last, run)}

    def merged(order: list[Operation]) -> Reported:
        known: Reported | None = None
        for operation in order:
            known = merge(known, operation, reports[operation])
        assert known is not None
        return known

    assert merged(operations) == merged(["post", "patch"]) == merged(operations[::-1])


def test_the_worker_deletes_what_is_old(sink: httpx.Client) -> None:
    from django_admin.monitoring.schedule import periodic_tasks

    (entry,) = (entry for entry in periodic_tasks() if entry.name.endswith("tracing.tasks.prune_traces"))
    sink.post("runs/batch", json={"post": [post_of()]})
    Run.objects.update(received_at=timezone.now() - timedelta(days=400))

    entry.task.call()

    assert Run.objects.count() == 0
