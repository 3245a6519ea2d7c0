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
    ],
)
def test_words_that_no_phrase_knows(masked: str, words: Sequence[str]) -> None:
    assert unread_words(masked, PHRASES) == words


def test_each_is_said_once_in_the_language_of_the_answer() -> None:
    assert note_on(["old", "old", "120"], Language.EN).startswith("Not taken into account: “old”, “120”.")
    assert note_on(["백신만"], Language.KO).startswith("다음 말은 고려하지 않았습니다: “백신만”.")
