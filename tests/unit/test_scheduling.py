"""What `tests.scheduling` promises: a run ends, whichever worker dies in whichever test."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.scheduling import SurvivingScheduling

TESTS = ["a.py::1", "a.py::2", "a.py::3", "b.py::1", "b.py::2", "c.py::1"]


class Worker:
    """A worker that runs a test as soon as it knows the next one, as xdist's do."""

    def __init__(self, scheduling: SurvivingScheduling) -> None:
        self.gateway = SimpleNamespace(id="gw")
        self.shutting_down = False
        self._scheduling = scheduling
        self._waiting: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self._waiting += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    def next(self) -> int | None:
        """The number of the test that it begins, or none where it waits to be told more."""
        return (
            self._waiting.pop(0) if len(self._waiting) > 1 or (self._waiting and self.shutting_down) else None
        )

    def collected(self) -> None:
        self._scheduling.add_node(self)
        self._scheduling.add_node_collection(self, TESTS)
        if self._scheduling.collection_is_completed:
            self._scheduling.schedule()


def run(workers: int, dies_in: dict[str, int]) -> tuple[list[str], list[str]]:
    """Run all tests, each of `dies_in` kills its worker that often; answer those passed and those died in."""
    config: Any = SimpleNamespace(
        getvalue=lambda name: [f"{workers}*popen"], option=SimpleNamespace(loadscopereorder=True)
    )
    scheduling = SurvivingScheduling(config)
    alive = [Worker(scheduling) for _ in range(workers)]
    for worker in alive:
        worker.collected()
    passed: list[str] = []
    deaths: list[str] = []
    while alive:
        worker = next(each for each in alive if each._waiting or each.shutting_down)  # none: all wait
        number = worker.next()
        if number is None:
            assert worker.shutting_down
            assert scheduling.remove_node(worker) is None
            alive.remove(worker)
        elif dies_in.get(TESTS[number], 0) > scheduling.deaths[TESTS[number]]:
            assert scheduling.remove_node(worker) == TESTS[number]
            deaths.append(TESTS[number])
            alive[alive.index(worker)] = Worker(scheduling)
            next(each for each in alive if each not in scheduling.nodes).collected()
        else:
            passed.append(TESTS[number])
            scheduling.mark_test_complete(worker, number)
    assert not scheduling.has_pending
    return sorted(passed), deaths


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("test", TESTS)
def test_a_test_its_worker_died_in_has_a_second_chance(workers: int, test: str) -> None:
    assert run(workers, {test: 1}) == (TESTS, [test])


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("test", TESTS)
def test_it_has_no_third_one_and_all_others_are_run(workers: int, test: str) -> None:
    assert run(workers, {test: 9}) == ([each for each in TESTS if each != test], [test, test])


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_worker_may_die(workers: int) -> None:
    passed, deaths = run(workers, dict.fromkeys(TESTS, 1))
    assert passed == TESTS
    assert sorted(deaths) == TESTS
