"""Ids in a company's own forms are found where they exist, and nothing that only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.identifiers import Identifiers

SAMPLE = Identifiers(["C0001", "C0042", "C1000"], r"\b(?:client|customer)|거래처|고객")
DASHED = Identifiers(["EMP-1", "EMP-12", "EMP-0300"], r"\bemployee|직원")
SLASHED = Identifiers(["A/17", "B/3", "Q3-2026", "C_0042"], r"\bclient|거래처")
NUMBERED = Identifiers(["1", "5", "17", "2026"], r"\b(?:client|customer)|거래처|고객")
LETTERED = Identifiers(["ALFKI", "ANATR"], r"\bclient")


@pytest.mark.parametrize(
    ("ids", "sentence", "value", "words"),
    [
        (SAMPLE, "contracts of C0042?", "C0042", "C0042"),
        (SAMPLE, "c-0042의 계약", "C0042", "c-0042"),
        (SAMPLE, "거래처C 0042", "C0042", "C 0042"),
        (SAMPLE, "show C9999", "C9999", "C9999"),
        (DASHED, "Who is EMP-1's manager?", "EMP-1", "EMP-1"),
        (DASHED, "emp12 실적", "EMP-12", "emp12"),
        (DASHED, "EMP-300 근태", "EMP-0300", "EMP-300"),
        (DASHED, "Who is EMP-99?", "EMP-99", "EMP-99"),
        (SLASHED, "contracts of A/17 and more", "A/17", "A/17"),
        (SLASHED, "C_0042 계약", "C_0042", "C_0042"),
        (SLASHED, "contracts of client Q3-2026", "Q3-2026", "Q3-2026"),
        (NUMBERED, "contracts of client 5", "5", "client 5"),
        (NUMBERED, "customer #17", "17", "customer #17"),
        (NUMBERED, "거래처 5번 계약", "5", "거래처 5"),
        (LETTERED, "orders of ALFKI", "ALFKI", "ALFKI"),
        (LETTERED, "orders of client alfki", "ALFKI", "alfki"),
    ],
)
def test_an_id_is_found(ids: Identifiers, sentence: str, value: str, words: str) -> None:
    found = ids.find(sentence)
    assert found is not None
    assert (found.value, sentence[found.start : found.end]) == (value, words)


@pytest.mark.parametrize("ids", [SAMPLE, DASHED, SLASHED, NUMBERED, LETTERED])
@pytest.mark.parametrize(
    "sentence",
    [
        "sales in Q3-2026",
        "the file PDF-1",
        "COVID-19 vaccines",
        "top 5 clients in 2026",
        "2026-10 매출",
        "grade C clients",
        "an A/B test",
        "from 1/17 to 5/17",
        "상위 5곳",
    ],
)
def test_what_only_looks_like_an_id_is_none(ids: Identifiers, sentence: str) -> None:
    assert ids.find(sentence) is None


def test_an_id_that_may_be_two_is_only_found_as_it_is_written() -> None:
    ids = Identifiers(["A-100", "A100"], r"\bclient")
    assert ids.meant("a-100") == "A-100"
    assert ids.meant("A_100") is None


@given(st.sets(st.from_regex(r"[A-Z]{2,4}[-_/]?[0-9]{1,6}", fullmatch=True), min_size=1, max_size=30))
def test_every_id_is_found_in_a_sentence(known: set[str]) -> None:
    ids = Identifiers(known, r"\bclient")
    for one in known:
        found = ids.find(f"What does client {one} owe?")
        assert found is not None
        assert found.value == one
