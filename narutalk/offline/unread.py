"""What a question says that the tools called for it do not read.

Example phrases decide which tool answers, so a question is answered even where it says more than the tool
understands: "… of those older than 120 days". A figure for a wider question looks like the right one, and
the person has to be told.
"""

import re
from collections.abc import Iterable, Sequence

from narutalk.languages import Language
from narutalk.offline.similarity import WORD

SHORTEST_STEM = 4
KOREAN_STEM = 2

_NOTE = {
    Language.EN: "Not taken into account: {words}. The answer may be about more than you asked for.",
    Language.KO: "다음 말은 고려하지 않았습니다: {words}. 물으신 것보다 넓은 범위의 답일 수 있습니다.",
}
_SAYS_LITTLE = frozenset(
    """
    a am an and any are as at been being both but by can compare compared could currently did do does doing done
    each else ever every exactly far figure figures for from get gets give gave given go goes going got great
    had has have he her hers him his how i if in instead into is it its just know last latest let like list
    made make makes many may me mean might more most much my name named need new next now number of off on one
    ones or our out over overall per please really s same say see she should show so some tell than that the
    their them then there these they thing this those to too total us versus very vs want was we were what
    whats when where which who whole whom whose why will with would year years you your re ve ll t d m
    month months quarter period time day days today company business team people person
    """.split()
)
_SAYS_LITTLE_KO = (
    "가장 각각 같 곳 곳인 알려 알 연간 연도 영업 위까 전사 전에 프로 거 것 게 관련 구체 궁금 그 기간 기준 까지 나오 내 누구 다 달라 당 대 대비 대해 더 되 된 될 두 들 등 "
    "뭐 말 모두 모든 몇 무엇 무슨 바로 보고 보여 부탁 비교 뽑 새 순서 수 씨 씩 아 알 어느 어디 어때 어떤 어떻 언제 얼마 "
    "없 였 올 와 왔 우리 이 인 있 자세 잘 전체 정도 정리 제일 조회 좀 주 중 즉 지금 총 총액 최근 최대 하 한 한번 해 현 "
    "현재 현황 혹시 확인 회사 목록 명단 리스트 변했 변화 차이 합계 이번 지난 올해 작년"
).split()


def unread_words(masked: str, phrases: Iterable[str]) -> list[str]:
    """Return the words of a question that are neither arguments, nor in a tool's phrases, nor empty.

    Args:
        masked: The question with ``{argument}`` where arguments were found.
        phrases: The tool's examples. A word counts as known by its stem: "sold" is not "sell", but "selling" is.
    """
    known = {word.lower() for phrase in phrases for word in WORD.findall(phrase)}
    stems = {_stem(word) for word in known}
    found = []
    for word in WORD.findall(masked):
        lowered = word.lower()
        if word.startswith("{") or lowered in known or _says_little(lowered) or _stem(lowered) in stems:
            continue
        found.append(word)
    return found


def note_on(words: Sequence[str], language: Language) -> str:
    """Return the sentence that says which words were not read."""
    quoted = ", ".join(f"“{word}”" for word in dict.fromkeys(words))
    return _NOTE[language].format(words=quoted)


def _says_little(word: str) -> bool:
    if re.fullmatch("[가-힣]+", word):
        return len(word) < KOREAN_STEM or any(
            word.startswith(start) for start in _SAYS_LITTLE_KO if len(start) > 1 or len(word) <= 2
        )
    return word in _SAYS_LITTLE


def _stem(word: str) -> str:
    """Return what inflected forms of a word share, roughly: "hospitals" and "hospital", "달성률은" and "달성"."""
    if "가" <= word[0] <= "힣":
        return word[:KOREAN_STEM]
    return re.sub(r"(?:ing|ed|es|s|ly)$", "", word) if len(word) > SHORTEST_STEM else word
