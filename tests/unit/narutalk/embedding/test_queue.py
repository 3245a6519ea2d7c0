from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from narutalk.embedding.queue import BATCH_TEXTS, EmbeddingQueue, Kind
from narutalk.errors import Unavailable
from tests.unit.narutalk.embedding.counting import CountingEmbedder


class Held(NamedTuple):
    """A queue whose model works on one question until it is let go on."""

    queue: EmbeddingQueue
    model: CountingEmbedder


@pytest.fixture
def held() -> Iterator[Held]:
    model = CountingEmbedder()
    model.may_go_on.clear()
    queue = EmbeddingQueue(model, max_waiting=60)
    queue.submit(["first"], Kind.QUERY)
    assert model.asked.wait(10)
    yield Held(queue, model)
    model.may_go_on.set()
    queue.close()


def test_questions_that_wait_are_embedded_together(held: Held) -> None:
    futures = [held.queue.submit(["x" * number], Kind.QUERY) for number in range(5)]
    held.model.may_go_on.set()
    assert [future.result(10) for future in futures] == [[[number, 1]] for number in range(5)]
    assert held.model.batches == [["first"], ["", "x", "xx", "xxx", "xxxx"]]


def test_a_question_waits_for_a_part_of_a_long_request_only(held: Held) -> None:
    passages = [f"{number:03}" for number in range(3 * BATCH_TEXTS)]
    long = held.queue.submit(passages, Kind.PASSAGE)
    question = held.queue.submit(["why"], Kind.QUERY)
    held.model.may_go_on.set()
    assert long.result(10) == [[3, 2]] * len(passages)
    assert question.result(10) == [[3, 1]]
    assert held.model.batches[1] == ["why"]
    assert [text for batch in held.model.batches[2:] for text in batch] == passages


def test_too_many_are_refused_and_room_comes_back(held: Held) -> None:
    waiting = held.queue.submit(["x"] * 50, Kind.PASSAGE)
    with pytest.raises(Unavailable) as refused:
        held.queue.submit(["x"] * 10, Kind.PASSAGE)
    assert (refused.value.code, refused.value.status) == ("embedding_queue_full", 503)
    held.model.may_go_on.set()
    waiting.result(10)
    assert len(held.queue.submit(["x"] * 59, Kind.PASSAGE).result(10)) == 59


def test_who_goes_away_is_not_waited_for(held: Held) -> None:
    gone, other = held.queue.submit(["gone"], Kind.QUERY), held.queue.submit(["other"], Kind.QUERY)
    assert gone.cancel()
    held.model.may_go_on.set()
    assert other.result(10) == [[5, 1]]
    assert held.model.batches == [["first"], ["other"]]
    assert len(held.queue.submit(["x"] * 60, Kind.PASSAGE).result(10)) == 60


def test_a_failure_reaches_those_who_asked_and_nobody_else(held: Held) -> None:
    failing = held.queue.submit(["fail"], Kind.PASSAGE)
    held.model.may_go_on.set()
    with pytest.raises(ValueError, match="no"):
        failing.result(10)
    assert held.queue.embed_query("next") == [4, 1]


def test_what_waits_at_the_end_fails(held: Held) -> None:
    waiting = held.queue.submit(["late"], Kind.QUERY)
    with ThreadPoolExecutor(1) as closing:
        closed = closing.submit(held.queue.close)
        while not held.queue.closing:
            pass
        held.model.may_go_on.set()
        closed.result(10)
    with pytest.raises(Unavailable, match="stopping"):
        waiting.result(10)
    with pytest.raises(Unavailable, match="stopping"):
        held.queue.submit(["x"], Kind.QUERY)
