"""A run that is followed: what is waited for, and what is not."""

from uuid import uuid4

import httpx
import pytest

from narutalk.followed_run import FollowedRun

RUN = str(uuid4())
METADATA = f'id: 0\r\nevent: metadata\r\ndata: {{"run_id": "{RUN}", "attempt": 1}}\r\n\r\n'
END = "id: 1\r\nevent: end\r\ndata: null\r\n\r\n"


class StartingService:
    """Refuses connections a few times, then knows the run."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.asked = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked <= self.refusals:
            raise httpx.ConnectError("refused", request=request)
        if request.url.path.endswith("/runs"):
            return httpx.Response(
                200, json=[{"run_id": RUN, "status": "running", "metadata": {"task_id": "t"}}]
            )
        assert request.method == "GET"
        return httpx.Response(200, content=METADATA + END, headers={"content-type": "text/event-stream"})


def _followed(service: StartingService) -> FollowedRun:
    client = httpx.AsyncClient(base_url="http://agent", transport=httpx.MockTransport(service))
    return FollowedRun(client, thread_id=str(uuid4()), task_id="t", body={}, headers=dict)


async def test_who_recovers_a_run_waits_for_a_service_that_starts() -> None:
    service = StartingService(refusals=2)
    events = [event.name async for event in _followed(service).events(look_first=True)]
    assert events == ["metadata", "end"]


async def test_who_asks_anew_does_not() -> None:
    service = StartingService(refusals=2)
    with pytest.raises(httpx.ConnectError):
        _ = [event async for event in _followed(service).events()]
    assert service.asked == 1
