"""The words of a question that say what it is about, in both languages."""

import re

_WORD = re.compile(r"[a-z][a-z0-9&'-]*|\d[\d,.]*\d|\d|[가-힣]+")
_PARTICLE = re.compile(
    r"(?<=[가-힣]{2})(?:에게서|에서는|이라고|으로는|"
    r"에서|에게|까지|부터|라고|으로|이랑|하고|은|는|이|가|을|를|의|에|도|와|과|로|랑)$"
)
_EMPTY = frozenset(
    """
    a about after again all an and any are as ask asked at back be been before beginning but by can
    conversation could did discuss discussed do does earlier figure first for from gave give had has have
    how i in is it just know last long many me mention mentioned much my number of on once one or our
    please question questions remember remind repeat said say show showed start tell than that the them
    then there they thing this to told turn us was we were what when where which while who will with
    would you your 가장 거 거야 것 그 그거 그때 기억 나 나는 내 내가 누구 누구라고 답 대답 대해 말 말해
    말해줬지 말했지 맨 먼저 몇 무슨 무엇 물어 물어본 물어봤지 뭐 뭐라고 방금 아까 알려 알려준 알려줬지
    앞에서 어디 언제 얼마 얼마라고 우리 이전에 전에 제가 제일 조금 질문 질문한 질문했지 처음 처음에 해줘
    했더라 했던 했어 했었지 했죠 했지
    """.split()
)


def words(text: str) -> list[str]:
    """Return a text's telling words in lower case, each once, Korean ones without their particle."""
    found = (_PARTICLE.sub("", word) for word in _WORD.findall(text.lower()) if word not in _EMPTY)
    return list(dict.fromkeys(word for word in found if word not in _EMPTY))


def shared_words(question: str, text: str) -> list[str]:
    """Return the question's telling words that a text has; Korean ones also as the beginning of a word."""
    lowered = text.lower()
    return [
        word for word in words(question) if re.search(rf"(?<![a-z0-9가-힣]){re.escape(_stem(word))}", lowered)
    ]


def _stem(word: str) -> str:
    """Return an English word without a plural's or genitive's ending."""
    return re.sub(r"(?<=[a-z]{3})(?:'s|s)$", "", word)
