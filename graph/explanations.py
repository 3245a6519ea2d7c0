"""Messages that ask how the last answer was computed: "how did you get this?". Pure functions."""

import re

MAX_CHARS = 80
"""A longer message asks about something of its own."""

_FIGURE = r"(?:answers?|numbers?|figures?|results?|totals?|sums?|amounts?|shares?|percentages?|ranking|list)"
_THIS = rf"(?:(?:this|that|these|those|the|your)(?: \w+)? {_FIGURE}|this|that|it|these|those)"
_COMPUTED = (
    r"(?:calculated?|computed?|work(?:ed)? out|derived?|determined?|obtain(?:ed)?|arrived? at"
    r"|c[ao]me up with)"
)
_THIS_KO = (
    r"^\W*(?:(?:[이그저위]|방금|[이그](?:거|건|게|걸|것))(?:[은는이가을를의도]|\s)*)?"
    r"(?:(?:숫자|수치|값|결과|답변?|금액|합계|비율|순위|목록)[은는이가을를의도]?\s*)?"
)
_SHOW_KO = r"(?:보여|알려|설명|뭐|무엇|뭔|\W*$)"
_PATTERNS = (
    rf"\bhow (?:did|do|have) you (?:get|got|know|find|{_COMPUTED}) {_THIS}\b",
    rf"\bhow you (?:got|know|found|{_COMPUTED}) {_THIS}\b",
    rf"\bhow (?:was|were|is|are) {_THIS} {_COMPUTED}",
    rf"\bwhere (?:do|does|did) {_THIS} come from\b",
    rf"\bwhat (?:is|are|was|were) {_THIS} based on\b",
    r"\b(?:which|what) (?:sql|query|queries) (?:did you|have you|was|were|is)\b",
    r"\bshow (?:me )?(?:the|your) (?:sql|query|queries)\b",
    r"^\W*prove it\W*$",
    rf"{_THIS_KO}어떻게\s*(?:계산|산출|집계|도출)\s*(?:했|하셨|한|하신|됐|되었|된)",
    rf"{_THIS_KO}어떻게\s*(?:구[했한하]|나[왔온오]|알았|얻었)",
    rf"{_THIS_KO}(?:(?:계산|산출|집계)\s*(?:근거|방법|방식|과정)|근거)[가는를을은]?\s*{_SHOW_KO}",
    rf"{_THIS_KO}(?:어디서|어디에서)\s*(?:나[왔온]|가져[왔온])",
    rf"{_THIS_KO}(?:무엇을|뭘|무슨) 근거로",
    rf"{_THIS_KO}(?:어떤|무슨) (?:SQL|쿼리)[를을로]?\s*(?:썼|쓴|쓰|사용|조회|실행|돌)",
    r"^\W*(?:사용한\s*)?(?:SQL|쿼리)문?[을를]?\s*(?:좀\s*)?(?:보여|알려)",
)
_HOW_COMPUTED = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def asks_how_computed(message: str) -> bool:
    """Whether a message asks how the answer before it was computed."""
    return len(message) <= MAX_CHARS and bool(_HOW_COMPUTED.search(message))
