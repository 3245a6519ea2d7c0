"""The runs of each thread that are in this process. Who runs next is decided in the database."""

from collections import defaultdict

from services.agent_server.runs.live import LiveRun


class Lanes:
    """The stored runs of this process, by thread, in their order."""

    def __init__(self) -> None:
        self._lanes: defaultdict[str, list[LiveRun]] = defaultdict(list)

    def of(self, thread_id: str) -> list[LiveRun]:
        """Return the runs of a thread that have not ended here, in their order."""
        return list(self._lanes.get(thread_id, ()))

    def enter(self, run: LiveRun) -> None:
        """Put a run where its time says."""
        lane = self._lanes[run.row.thread_id]
        lane.append(run)
        lane.sort(key=lambda other: (other.row.created_at, other.row.run_id))

    def leave(self, run: LiveRun) -> None:
        """Take a run out, and wake the first of the others. Does nothing when it has left."""
        lane = self._lanes.get(run.row.thread_id, [])
        if run in lane:
            lane.remove(run)
        if lane:
            lane[0].turn.set()
        else:
            self._lanes.pop(run.row.thread_id, None)

    def is_first(self, run: LiveRun) -> bool:
        """Whether no earlier run of its thread is in this process."""
        return self._lanes[run.row.thread_id][0] is run
