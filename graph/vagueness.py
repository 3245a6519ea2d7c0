"""Tells a message that says when, but not of what: "results of Q3", "2분기 결과 알려줘". A pure function."""

import re

_PERIOD = re.compile(
    r"\bq[1-4]\b|\bh[12]\b|\b(?:19|20)\d\d\b"
    r"|\b(?:(?:last|this|previous|past|current|first|second|third|fourth|next) )+"
    r"(?:quarter|half|year|month|week)\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|(?:\d{4}년\s*)?(?:[1-4]\s*분기|상반기|하반기)|\d{4}년|\d{1,2}월"
    r"|(?:지난|이번|저번|전)\s*(?:분기|달|해|주)|올해|작년|재작년|금년|이번\s*연도",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+|[가-힣]+|\d+", re.IGNORECASE)
_SAYS_NOT_WHAT = frozenset(
    """
    results result figures figure numbers number outcome
    a an and are be can could did do does for from get give go going gone how i in is it know let like ll
    look looked looking me may my of on our out please show tell the think to turn turned us was we went were
    what what's would you
    """.split()
)
_SAYS_NOT_WHAT_KO = re.compile(
    r"(?:결과|숫자|수치)(?:물|치)?(?:은|는|이|가|을|를|도|의|로)?|은|는|이|가|을|를|에|의|도|좀|혹시|우리|한번|정리"
    r"|어때\S?|어땠\S*|어떤가\S*|어떻게|됐어\S?|되나\S?|알려\S*|보여\S*|말해\S*|주세요|줘|줄래\S?|궁금\S*|뭐야|부탁\S*"
    r"|보고|싶어\S?|나왔\S*|나와\S?"
)


def says_only_when(message: str) -> bool:
    """Whether a message names a period and nothing that anybody could look up for it."""
    rest, periods = _PERIOD.subn(" ", message)
    return periods > 0 and all(
        word.lower() in _SAYS_NOT_WHAT or _SAYS_NOT_WHAT_KO.fullmatch(word) for word in _WORD.findall(rest)
    )
