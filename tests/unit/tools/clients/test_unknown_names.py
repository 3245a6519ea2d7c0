"""What reads like a client's name but is none."""

import pytest

from tools.clients.unknown_names import unknown_client

REGIONS = {"seoul", "busan", "서울", "부산"}


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("How much did Seoul Grand Hospital buy this year?", "Seoul Grand Hospital"),
        ("What about Evergreen Pharma Distribution?", "Evergreen Pharma Distribution"),
        ("강남세브란스병원 작년 매출 얼마야?", "강남세브란스병원"),
        ("How much did hospitals in Seoul buy?", None),
        ("Which Hospital bought most?", None),
        ("Show me Seoul Hospital sales", None),
        ("부산 병원 매출", None),
        ("부산병원 매출", None),
        ("종합병원 매출", None),
        ("우리병원별 매출", None),
    ],
)
def test_names_are_told_from_kinds_and_regions(sentence: str, name: str | None) -> None:
    found = unknown_client(sentence, REGIONS)
    assert (found and found.value) == name
    if found:
        assert sentence[found.start : found.end] == name
