"""What a question says and no tool reads is told with the answer."""

from collections.abc import Sequence

import pytest

from narutalk.languages import Language
from narutalk.offline.unread import note_on, unread_words

PHRASES = ("unpaid transactions of {client}", "how much does {client} owe", "{client} 미수금 얼마야")


@pytest.mark.parametrize(
    ("masked", "words"),
    [
        ("how much does {client} owe us", []),
        ("please show me the unpaid transaction of {client}", []),
        ("how much does {client} owe that is older than 120 days", ["older", "120"]),
        ("what is unpaid in Narnia", ["Narnia"]),
        ("{client} 미수금은 얼마나 되나요", []),
        ("{client} 미수금 중에서 백신만", ["백신만"]),
        ("홍길동 미수금 얼마야", ["홍길동"]),
        ("올해 미수금", ["올해"]),
        ("{client} 미수금 중인 곳이야 몇 명씩이야", []),
    ],
)
def test_words_that_no_phrase_knows(masked: str, words: Sequence[str]) -> None:
    assert unread_words(masked, PHRASES) == words


@pytest.mark.parametrize(
    ("masked", "words"),
    [
        ("what share of {client} is unpaid", ["share"]),
        ("which unpaid transactions of {client} are not late", ["not"]),
        ("{client} 미수금이 가장 많은 달", ["가장"]),
        ("what share of sales is {client}", []),
    ],
)
def test_a_word_that_decides_is_known_only_from_the_nearest_phrases(
    masked: str, words: Sequence[str]
) -> None:
    phrases = (
        *PHRASES,
        "what share of sales is {client}",
        "late, not sold",
        "가장 많은 달",
        "which are late",
    )
    nearest = phrases[3:4] if "sales" in masked else PHRASES
    assert unread_words(masked, phrases) == []
    assert unread_words(masked, phrases, nearest) == words


def test_each_is_said_once_in_the_language_of_the_answer() -> None:
    assert note_on(["old", "old", "120"], Language.EN).startswith("Not taken into account: “old”, “120”.")
    assert note_on(["백신만"], Language.KO).startswith("다음 말은 고려하지 않았습니다: “백신만”.")
