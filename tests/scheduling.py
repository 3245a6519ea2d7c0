"""How xdist hands out the tests, and what becomes of those of a worker that died.

xdist 3.8's own ``loadfile`` gives a dead worker's finished files out again as empty units, behind which the
others wait for ever (https://github.com/pytest-dev/pytest-xdist/issues/1378), and a replacement with one test
waits for a second (https://github.com/pytest-dev/pytest-xdist/issues/1327).

A worker dies where a test is stuck beyond ``timeout`` and then does not end either: `faulthandler` writes all
stacks to stderr and ends it (``faulthandler_timeout`` in pyproject.toml). Once in a dozen runs is no reason
to lose a run, so the test gets a second chance, and is named at the end.
"""

from collections import Counter
from typing import Any

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


class SurvivingScheduling(LoadFileScheduling):
    """``loadfile`` that goes on when a worker died: only what is unfinished is handed out again."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.deaths: Counter[str] = Counter()

    def remove_node(self, node: WorkerController) -> str | None:
        """Take out a worker that ended or died; answer the test it died in, if there is one."""
        died_in: str | None = None
        for scope, unit in self.assigned_work.pop(node).items():
            if died_in is None:
                died_in = next((test for test, is_done in unit.items() if not is_done), None)
                if died_in is not None:
                    self.deaths[died_in] += 1
                    unit[died_in] = self.deaths[died_in] > 1
            if not all(unit.values()):
                self.workqueue[scope] = unit
        if died_in is not None:
            self.schedule()
        return died_in

    def _reschedule(self, node: WorkerController) -> None:
        """Give a worker more; one begins a test when it knows the next, or that there is none."""
        if node not in self.registered_collections:  # a replacement that still collects
            return
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)
