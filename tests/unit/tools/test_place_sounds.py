"""Places are found by how they sound, in either script; what sounds like none is not."""

import pytest

from tools.place_sounds import PlaceNames, find_by_sound

KOREAN: list[PlaceNames] = [("Seoul", "서울"), ("Busan", "부산"), ("Daejeon", "대전"), ("Daegu", "대구")]
FOREIGN: list[PlaceNames] = [
    (name, name)
    for name in (
        "Calgary",
        "Ontario",
        "Toronto",
        "Brazil",
        "Texas",
        "Berlin",
        "Vancouver",
        "New York",
        "South",
    )
]


@pytest.mark.parametrize(
    ("sentence", "place", "said"),
    [
        ("캘거리 매출은 얼마야?", "Calgary", "캘거리"),
        ("온타리오에 거래처가 몇 곳이야?", "Ontario", "온타리오"),
        ("토론토의 미수금", "Toronto", "토론토"),
        ("지난달 브라질 매출", "Brazil", "브라질"),
        ("텍사스에서 가장 큰 거래처", "Texas", "텍사스"),
        ("베를린은?", "Berlin", "베를린"),
        ("밴쿠버 병원", "Vancouver", "밴쿠버"),
        ("sales in Ontario's biggest hospital", "Ontario", "Ontario"),
    ],
)
def test_a_foreign_name_in_hangul(sentence: str, place: str, said: str) -> None:
    found = find_by_sound(sentence, FOREIGN)
    assert found is not None
    assert (found.value, sentence[found.start : found.end]) == (place, said)


@pytest.mark.parametrize(
    ("sentence", "place"),
    [("How many clients in Pusan?", "Busan"), ("Taegu's sales", "Daegu"), ("부싼 매출", "Busan")],
)
def test_a_korean_name_spelled_another_way(sentence: str, place: str) -> None:
    found = find_by_sound(sentence, KOREAN)
    assert found is not None
    assert found.value == place


@pytest.mark.parametrize(
    "sentence",
    [
        "비싼 제품 매출",
        "캘거리 매출",
        "지난 분기 제일 많이 산 거래처",
        "What did our best client buy?",
        "{region} 매출",
        "",
    ],
)
def test_what_sounds_like_no_place(sentence: str) -> None:
    assert find_by_sound(sentence, KOREAN) is None


def test_what_sounds_like_two_places_is_neither() -> None:
    assert find_by_sound("부산 매출", [("Busan", "부산"), ("Pusan", "Pusan")]) is None
