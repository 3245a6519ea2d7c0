from collections.abc import Mapping, Sequence

import bm25s
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.languages import Language
from tools.documents.lexical import K1, B, LexicalIndex
from tools.documents.segments import MERGE_AT
from tools.documents.shards import ShardKey
from tools.documents.terms import Tokenizer

OPEN, CLOSED = ShardKey(Language.EN, "everyone"), ShardKey(Language.EN, "hr")
WORDS = ["leave", "salary", "contract", "returns", "cold chain", "휴가", "규정", "2024"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)


def as_documents(passages: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {f"{name}-0000": text} for name, text in passages.items()}


def search(index: LexicalIndex, query: str, keys: Sequence[ShardKey] = (OPEN,)) -> dict[str, float]:
    found = index.view(keys).score(query).best(100)
    return {passage_id.removesuffix("-0000"): score for passage_id, score in found.items()}


def test_stems_and_korean_bigrams() -> None:
    index = LexicalIndex()
    index.add(OPEN, as_documents({"1": "Returning goods", "2": "연차휴가 규정", "3": "cold chain"}))
    assert list(search(index, "returned")) == ["1"]
    assert list(search(index, "휴가는 며칠")) == ["2"]
    assert search(index, "휴가", [CLOSED]) == {}
    assert search(index, "") == {}
    assert search(LexicalIndex(), "x") == {}


@given(passages=st.lists(texts, min_size=1, max_size=12), query=texts)
def test_scores_are_those_of_bm25s(passages: list[str], query: str) -> None:
    index, tokenizer = LexicalIndex(), Tokenizer()
    index.add(OPEN, as_documents({str(number): text for number, text in enumerate(passages)}))
    reference = bm25s.BM25(k1=K1, b=B, method="lucene")
    reference.index([tokenizer.terms(text) for text in passages], show_progress=False)
    known = [term for term in tokenizer.terms(query) if term in reference.vocab_dict]
    expected = reference.get_scores(known) if known else []
    assert search(index, query) == pytest.approx(
        {str(number): score for number, score in enumerate(expected) if score > 0}, rel=1e-4
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), texts), max_size=3 * MERGE_AT))
def test_an_index_that_changed_is_as_one_made_anew(changes: list[tuple[bool, int, str]]) -> None:
    index, now = LexicalIndex(), {}
    for adds, number, text in changes:
        index.remove(OPEN, [str(number)])
        now.pop(str(number), None)
        if adds:
            index.add(OPEN, as_documents({str(number): text}))
            now[str(number)] = text
    fresh = LexicalIndex()
    fresh.add(OPEN, as_documents(now))
    query = "salary leave 휴가"
    assert search(index, query) == pytest.approx(search(fresh, query))
    assert index.view([OPEN]).term_weights(query) == fresh.view([OPEN]).term_weights(query)


@given(hidden=st.lists(texts, max_size=8))
def test_what_is_closed_changes_no_score(hidden: list[str]) -> None:
    index = LexicalIndex()
    index.add(OPEN, as_documents({"a": "leave leave salary", "b": "contract salary"}))
    before, weights = search(index, "salary leave"), index.view([OPEN]).term_weights("salary 휴가")
    index.add(CLOSED, as_documents({f"h{number}": text for number, text in enumerate(hidden)}))
    assert search(index, "salary leave") == before
    assert index.view([OPEN]).term_weights("salary 휴가") == weights
