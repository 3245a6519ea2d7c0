"""What a question leaves out is no filter, and is told; what it names several of is asked one by one."""

from collections.abc import Sequence
from typing import Any

import pytest

from narutalk.languages import Language
from narutalk.offline.certainty import Certainty
from narutalk.offline.clauses import clauses_of
from narutalk.offline.finders import choice
from narutalk.offline.hints import OfflineHints
from narutalk.offline.masking import read
from narutalk.offline.planning import MAX_CALLS, Call, OfflineTool, Planner

REGION = choice({"seoul": ["Seoul", "서울"], "busan": ["Busan", "부산"]})
PRODUCT = choice(
    {
        "a": ["Alpha", "알파"],
        "b": ["Beta", "베타"],
        "c": ["Gamma", "감마"],
        "d": ["Delta", "델타"],
    }
)
PERIOD = choice({"q3": ["in Q3", "3분기에", "3분기"], "q2": ["in Q2", "2분기에", "2분기"]})
HINTS = OfflineHints(
    phrases={
        Language.EN: ["how much {product} did we sell {region} {period}", "which of {product} sold more"],
        Language.KO: ["{period} {region} {product} 매출 얼마야", "{product} 중에 뭐가 더 팔렸어"],
    },
    finders={"period": PERIOD, "region": REGION, "product": PRODUCT},
    each=frozenset({"product"}),
)
SOLD = OfflineTool("sold", frozenset(), HINTS)


def in_order(calls: Sequence[Call]) -> list[Call]:
    return sorted(calls, key=lambda call: str(call.args["product"]))


@pytest.mark.parametrize(
    ("question", "excluded"),
    [
        ("how much did we sell outside Seoul in Q3", "outside Seoul"),
        ("how much did we sell besides Seoul in Q3", "besides Seoul"),
        ("how much did we sell, except for Seoul, in Q3", "except for Seoul"),
        ("Apart from Seoul, how much did we sell in Q3", "Apart from Seoul"),
        ("how much did we sell that is not in Busan or Seoul in Q3", "not in Busan or Seoul"),
        ("서울 빼고 3분기에 매출 얼마야", "서울 빼고"),
        ("서울이랑 부산 빼고 3분기 매출 얼마야", "서울이랑 부산 빼고"),
        ("서울을 제외하고 3분기 매출 얼마야", "서울을 제외하고"),
        ("서울 지역을 뺀 3분기 매출 얼마야", "서울 지역을 뺀"),
    ],
)
def test_what_is_left_out_is_no_filter_and_is_told(question: str, excluded: str) -> None:
    reading = read(question, HINTS)
    assert (reading.args, reading.excluded) == ({"period": "q3"}, (excluded,))
    planner = Planner([SOLD])
    assert planner.plan(question).calls == (Call("sold", {"period": "q3"}),)
    assert excluded in planner.unread(question, ["sold"])
    assert Certainty(planner).calls(question) == ()


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("알파 말고 베타 3분기 매출", {"product": "b", "period": "q3"}),
        ("델타 말고 알파 3분기 매출", {"product": "a", "period": "q3"}),
        ("how much Beta rather than Alpha did we sell", {"product": "b"}),
        ("서울 말고 부산 알파 매출", {"region": "busan", "product": "a"}),
    ],
)
def test_what_is_meant_instead_is_the_filter(question: str, args: dict[str, Any]) -> None:
    assert read(question, HINTS)[1:] == (args, (), {})
    [call] = Planner([SOLD]).plan(question).calls
    assert call.args == args


@pytest.mark.parametrize(
    ("question", "products"),
    [
        ("Did we sell more Alpha or Beta in Q3?", "ab"),
        ("알파하고 베타 중에 3분기에 뭐가 더 팔렸어?", "ab"),
        ("3분기 알파, 베타, 감마 매출 얼마야", "abc"),
    ],
)
def test_each_of_several_is_asked_for_with_all_else(question: str, products: str) -> None:
    planner = Planner([SOLD])
    assert in_order(planner.plan(question).calls) == [
        Call("sold", {"period": "q3", "product": product}) for product in products
    ]
    assert Certainty(planner).calls(question) == ()


def test_a_follow_up_names_several_too() -> None:
    before = [Call("sold", {"period": "q3", "product": "a"})]
    assert in_order(Planner([SOLD]).plan("and Beta or Gamma?", before).calls) == [
        Call("sold", {"period": "q3", "product": "b"}),
        Call("sold", {"period": "q3", "product": "c"}),
    ]


def test_each_with_a_time_of_its_own_is_a_question_of_its_own() -> None:
    assert Planner([SOLD]).plan("how much Alpha did we sell in Q2 and how much Beta in Q3").calls == (
        Call("sold", {"period": "q2", "product": "a"}),
        Call("sold", {"period": "q3", "product": "b"}),
    )


def test_more_than_can_be_asked_for_are_told() -> None:
    planner, question = Planner([SOLD]), "how much Alpha Beta Gamma Delta did we sell in Q3"
    assert len({call.args["product"] for call in planner.plan(question).calls}) == MAX_CALLS
    [told] = planner.unread(question, ["sold"])
    assert told in {"Alpha", "Beta", "Gamma", "Delta"}


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("Besides Seoul, which region sold most?", ["Besides Seoul, which region sold most?"]),
        ("What sold most, which least?", ["What sold most", "which least?"]),
    ],
)
def test_what_is_left_out_is_no_clause(question: str, clauses: Sequence[str]) -> None:
    assert clauses_of(question) == clauses
