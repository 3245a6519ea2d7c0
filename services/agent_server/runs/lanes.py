"""The order of runs on each thread: one at a time, first come, first served."""

from collections import defaultdict

from services.agent_server.runs.live import LiveRun


class Lanes:
    """One queue for each thread that has runs in this process."""

    def __init__(self) -> None:
        self._lanes: defaultdict[str, list[LiveRun]] = defaultdict(list)

    def ahead(self, thread_id: str) -> list[LiveRun]:
        """Return the runs of a thread that have not ended, in their order."""
        return list(self._lanes.get(thread_id, ()))

    def enter(self, run: LiveRun) -> None:
        """Put a run last; the first of a lane has its turn at once."""
        lane = self._lanes[run.row.thread_id]
        lane.append(run)
        if lane[0] is run:
            run.turn.set()

    def leave(self, run: LiveRun) -> None:
        """Take a run out, and give the turn to the next. Does nothing when it has left."""
        lane = self._lanes.get(run.row.thread_id, [])
        if run in lane:
            lane.remove(run)
        if lane:
            lane[0].turn.set()
        else:
            self._lanes.pop(run.row.thread_id, None)
