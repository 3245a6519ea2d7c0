"""Which checkpoints of a thread go."""

from services.agent_server.storage.checkpoint_tables import CheckpointRow
from services.agent_server.threads.retention import surplus

GRAPH = ""


def row(number: int, *, namespace: str = GRAPH, root: str | None = None, delta: int = 0) -> CheckpointRow:
    parent = f"{number - 1:03}" if number else None
    return CheckpointRow(namespace, f"{number:03}", parent, root, delta)


def chain(count: int, *, namespace: str = GRAPH, root: str | None = None) -> list[CheckpointRow]:
    return [row(number, namespace=namespace, root=root) for number in reversed(range(count))]


def test_the_newest_are_kept() -> None:
    assert surplus(chain(5), 2) == {GRAPH: ["002", "001", "000"]}
    assert surplus(chain(2), 2) == {}
    assert surplus([], 1) == {}


def test_what_a_kept_one_is_read_with_is_kept() -> None:
    rows = [row(9, delta=2), row(8, delta=1), row(7), row(6), row(5)]
    assert surplus(rows, 1) == {GRAPH: ["006", "005"]}
    assert surplus(rows, 2) == {GRAPH: ["006", "005"]}


def test_the_way_back_ends_where_the_thread_begins() -> None:
    assert surplus([row(2, delta=50), row(1, delta=49), row(0, delta=48)], 1) == {}


def test_a_fork_keeps_its_own_way_back() -> None:
    fork = CheckpointRow(GRAPH, "009", "003", None, 2)
    rows = [fork, row(8), row(7), row(3, delta=1), row(2), row(1)]
    assert surplus(rows, 1) == {GRAPH: ["008", "007", "001"]}


def test_the_calls_of_subgraphs_go_with_what_called_them() -> None:
    old, new = chain(2, namespace="a:1", root="000"), chain(2, namespace="a:2", root="004")
    nested = chain(1, namespace="a:1|b:3", root="000")
    assert surplus([*chain(5), *old, *new, *nested], 2) == {
        "a:1": ["001", "000"],
        "a:1|b:3": ["000"],
        GRAPH: ["002", "001", "000"],
    }


def test_of_a_call_as_many_are_kept_as_of_the_graph() -> None:
    assert surplus([*chain(1), *chain(4, namespace="a:1", root="000")], 3) == {"a:1": ["000"]}


def test_a_subgraph_with_a_memory_keeps_its_newest() -> None:
    memory = chain(3, namespace="memory", root="000")
    assert surplus([*chain(5), *memory], 1)["memory"] == ["001", "000"]


def test_a_call_whose_caller_is_not_stored_yet_is_kept() -> None:
    assert surplus([*chain(2), *chain(1, namespace="a:1", root="777")], 2) == {}
