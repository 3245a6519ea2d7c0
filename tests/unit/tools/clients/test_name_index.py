"""Clients' names in sentences, among all names of the sample company."""

import pytest

from tools.clients.name_index import own_word
from tools.clients.store import ClientStore
from tools.name_search import name_key


@pytest.mark.parametrize(
    ("sentence", "value", "words"),
    [
        ("Hanbit Central Hospital's contracts", "Hanbit Central Hospital", "Hanbit Central Hospital's"),
        ("who runs hanbit central hospital?", "Hanbit Central Hospital", "hanbit central hospital"),
        ("sales to Hanbit Centrl Hospital in 2025", "Hanbit Central Hospital", "Hanbit Centrl Hospital"),
        ("한빛중앙병원의 계약", "한빛중앙병원", "한빛중앙병원의"),
        ("한빛 중앙병원은 어디야", "한빛중앙병원", "한빛 중앙병원은"),
        ("한빛에서 뭘 샀어", "한빛", "한빛에서"),
        ("한빛병원과의 거래", "한빛병원", "한빛병원과의"),
        ("orders from Hanbit this year", "Hanbit", "Hanbit"),
        ("c-0042의 거래", "C0042", "c-0042"),
        ("show C0042", "C0042", "C0042"),
    ],
)
def test_a_client_is_found_in_a_sentence(
    sample_store: ClientStore, sentence: str, value: str, words: str
) -> None:
    found = sample_store.every_name().clients.find(sentence)
    assert found is not None
    assert (found.value, sentence[found.start : found.end]) == (value, words)


@pytest.mark.parametrize(
    "sentence",
    [
        "Which hospitals are in Busan?",
        "the central hospital market is open",
        "sales of vaccines to clinics by region",
        "올해 부산 병원 매출은 얼마야?",
        "새로운 약국 목록을 미리 알려줘",
        "새벽에 들어온 주문",
        "하늘이 맑은 날",
        "상위 5개 의원 보여줘",
        "CV-010 sales",
    ],
)
def test_no_client_is_found_where_there_is_none(sample_store: ClientStore, sentence: str) -> None:
    assert sample_store.every_name().clients.find(sentence) is None


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("Hanbit Internal Medicine Clinic", "hanbit"),
        ("Haram Children's Hospital", "haram"),
        ("한빛이비인후과의원", "한빛"),
        ("시나브로약국", "시나브로"),
        ("Central Hospital", ""),
        ("중앙병원", ""),
    ],
)
def test_a_name_has_a_word_of_its_own(name: str, own: str) -> None:
    assert own_word(name) == own


def test_a_key_has_no_case_spaces_or_punctuation() -> None:
    assert name_key(" Haram Children's  Hospital ") == name_key("haram childrens hospital")
    assert name_key("한빛 중앙병원") == "한빛중앙병원"
