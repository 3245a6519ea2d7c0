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
    a am an and any are as at been being both bring brought business but by can company compare compared could
    currently d day days did do does doing done each else ever every exactly far figure figures for
    from gave get gets give given go goes going got great had has have he her hers him his how i if
    in instead into is it its just know let like list ll m made make makes many may me mean might
    more much my name named need new next now number of off on one ones or our out over overall
    people per person please re really s same say see she should show so some t team tell than that
    the their them then there these they thing this those time to today too total us ve versus very
    vs want was we were what whats when where which who whole whom whose why will with would you
    your
    """.split()
)
_SAYS_LITTLE_KO = tuple(
    """
    가운데 각각 같 거 것 그럼 그리 나와 다시 되나 되는 됐나 됐어 됩니 말해 싶어 예요 이야 인가
    인지 입니 있나 있는 있습 있어 없나 없는 주세 줄래 중에 하고 하나 하는 합니 했나 했는 했어
    해주 해줘 게 곳 곳인 관련 구체 궁금 그 기간 기준 까지 나오 내 누구 다 달라 당 대 대비
    대해 더 되 된 될 두 들 등 리스트 말 명단 몇 모두 모든 목록 무슨 무엇 뭐 바로 변했 변화
    보고 보여 부탁 비교 뽑 새 수 순서 씨 씩 아 알 알려 어느 어디 어때 어떤 어떻 언제 얼마 없
    연간 연도 였 영업 와 왔 우리 위까 이 인 있 자세 잘 전사 전에 전체 정도 정리 조회 좀
    주 중 즉 지금 차이 총 총액 프로 하 한 한번 합계 해 현 현재 현황 혹시 확인 회사
    """.split()
)
"""What such words begin with; a syllable alone counts in words of two at most."""


_COPULA = re.compile(r"씩?(?:이야|이지|이죠|인가요|인가|이에요|이예요|인지|야|지|죠|요)?$")
"""What counters end with: "곳이야", "명씩이야"."""
_DECIDES = re.compile(
    r"most|least|best|worst|highest|lowest|largest|smallest|biggest|fewest|second|third|last|first|average|mean"
    r"|median|share|proportion|percent(?:age)?|ratio|not|no|never|nothing|none|nobody|without|only|except|before"
    r"|until|since|both|neither|\d+|didn|doesn|hasn|haven|wasn|weren"
    r"|(?:가장|제일|최고|최저|최대|최소|평균|중앙값|비중|비율|퍼센트|번째|없이|미만|이상|이하|초과|넘|이전|이후"
    r"|월평균|하위|상위|빼고|제외|말고)\S*|못|안"
)
"""Words that turn an answer into another one. That a tool knows one in some other question is not enough."""


def unread_words(masked: str, phrases: Iterable[str], nearest: Iterable[str] | None = None) -> list[str]:
    """Return the words of a question that are neither arguments, nor in a tool's phrases, nor empty.

    Args:
        masked: The question with ``{argument}`` where arguments were found.
        phrases: The tool's examples. A word counts as known by its stem: "sell" makes "selling" known, not
            "sold".
        nearest: Those that are most like the question: words that decide must be in one of them. All of the
            tool's when left out.
    """
    known = {word.lower() for phrase in phrases for word in WORD.findall(phrase)}
    stems = {_stem(word) for word in known}
    close = known if nearest is None else {word.lower() for text in nearest for word in WORD.findall(text)}
    close_stems = {_stem(word) for word in close}
    found = []
    for word in WORD.findall(masked):
        lowered = word.lower()
        if _DECIDES.fullmatch(lowered) and lowered not in close and _stem(lowered) not in close_stems:
            found.append(word)
            continue
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
        return len(_COPULA.sub("", word)) < KOREAN_STEM or any(
            word.startswith(start) for start in _SAYS_LITTLE_KO if len(start) > 1 or len(word) <= 2
        )
    return word in _SAYS_LITTLE


def _stem(word: str) -> str:
    """Return what inflected forms of a word share, roughly: "달성" of "달성률은"."""
    if "가" <= word[0] <= "힣":
        return word[:KOREAN_STEM]
    return re.sub(r"(?:ing|ed|es|s|ly)$", "", word) if len(word) > SHORTEST_STEM else word
