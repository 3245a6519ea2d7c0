"""The recorded exchanges, replayed: what differs is listed in `differences.py`, and nothing else differs."""

import pytest

from tests.contract.wire.differences import INTENDED, Intended, matches
from tests.contract.wire.recordings import Recording, recordings
from tests.contract.wire.replay import Replay

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: recording.name)
async def test_our_answer_is_the_recorded_one(replay: Replay, recording: Recording) -> None:
    listed = [entry for entry in INTENDED if recording.number in entry.seen_in]
    unlisted = [
        difference
        for difference in dict.fromkeys(replay.differences[recording.name])
        if not any(entry.covers(difference) for entry in listed)
    ]
    assert not unlisted, "\n".join(map(str, unlisted))


@pytest.mark.parametrize("entry", INTENDED, ids=lambda entry: entry.said[:40])
async def test_an_intended_difference_occurs(replay: Replay, entry: Intended) -> None:
    found = {
        name: differences
        for name, differences in replay.differences.items()
        if int(name[:3]) in entry.seen_in
    }
    absent = [name for name, differences in found.items() if not any(map(entry.covers, differences))]
    assert not absent
    assert len(found) == len(entry.seen_in)
    everything = [difference for differences in found.values() for difference in differences]
    unused = [pattern for pattern in entry.matches if not any(matches(pattern, one) for one in everything)]
    assert not unused
