"""How the arguments of a change are found in the sentence that asks for it."""

import re
from collections.abc import Mapping

from narutalk.offline.hints import Found

_CONTRACT_WORD = re.compile(
    r"(?:\bthe\s+)?\b(?:contract|agreement)\s+(?:(?:of|with|for)\s+)?$", re.IGNORECASE
)
_GRADE = re.compile(
    r"\b(?:to|as|=|into|in)\s+(?:an?\s+)?(?:grade\s+)?[\"“'‘]?(?P<to>[A-D])[\"”'’]?(?:[\s-]*grade)?(?![A-Za-z0-9'’-])"
    r"|\bgrade\s+(?:to\s+|is\s+|=\s*)?(?P<grade>[A-D])(?![A-Za-z0-9'’-])"
    r"|(?<![A-Za-z])(?P<ko>[A-D])\s?(?:등급)?(?:으로|로)(?![가-힣])"
    r"|등급(?:을|은|:)?\s?(?P<after>[A-D])(?![A-Za-z])"
)
_LOWER_GRADE = re.compile(
    r"\bgrade\s+(?:to|=|as)\s+(?P<to>[a-d])(?![A-Za-z])|\bto\s+grade\s+(?P<grade>[a-d])(?![A-Za-z])|(?<![A-Za-z])(?P<ko>[a-d])\s?등급(?:으로|로)"
    r"|등급(?:을|:)?\s?(?P<after>[a-d])(?:으로|로)?(?![A-Za-z])"
)
_PHONE_WORD = re.compile(r"phone|telephone|\bnumber|contact|전화|연락처|번호", re.IGNORECASE)
_PHONE = re.compile(r"(?:\bto\s+)?(?P<value>\+?\d[\d()\s.-]{5,20}\d)(?:번)?(?:으로|로)?(?![가-힣\d])")
_ADDRESS = re.compile(
    r"\baddress\b.*?(?:\bto\b|\bis\b|[:=])\s*(?P<en>\S.{3,}?)[.!]?\s*$"
    r"|주소(?:를|을)?\s*[:：]?\s*(?P<ko>\S.{3,}?)(?:으로|로)\s+(?=바꿔|바꾸어|변경|수정|고쳐|업데이트)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?:\bto\s+)?(?P<value>[^\s@,;:<>()\"'가-힣]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24})(?:으로|로)?(?![가-힣])"
)
_CONTACT = re.compile(
    r"\b[Cc]ontact(?:\s+(?:person|name))?\b(?!\s*(?:e-?mail|phone|number)).*?\b(?:to|is|as|=)\s+"
    r"(?P<en>(?!\S*@)[A-Z][\w.'’-]+(?:\s+[A-Z][\w.'’-]+){0,3})"
    r"|\b[Mm]ake\s+(?P<made>[A-Z][\w.'’-]+(?:\s+[A-Z][\w.'’-]+){0,3})\s+(?:the|their|its)\s+contact\b"
    r"|(?:연락|거래처 ?측?|고객 ?측?) ?담당자(?:를|을|는|은)?\s+"
    r"(?P<ko>[가-힣]{2,5}?)(?:\s?씨|\s?님)?(?:으로|로)\s"
)
_TEXT = (
    re.compile(r"[:：](?!\d)\s*(?P<text>\S.*?)\s*$", re.DOTALL),
    re.compile(
        r"\"(?P<a>[^\"]+)\"|“(?P<b>[^”]+)”|‘(?P<c>[^’]+)’|(?<![A-Za-z가-힣])'(?P<d>[^']+)'(?![A-Za-z])"
    ),
    re.compile(
        r"\b(?:saying|that says|which says|that)\s+(?:that\s+)?(?P<text>\S.*?)\s*$", re.IGNORECASE | re.DOTALL
    ),
    re.compile(r"에\s+(?P<text>\S.*?)(?:이라고|라고)\s+(?=메모|노트|비고|적어|써)", re.DOTALL),
)
_QUOTES = str.maketrans("", "", '"“”')
_NUMBERS: Mapping[str, int] = {
    **{word: n for n, word in enumerate("one two three four five six".split(), 1)},
    **{
        "a": 1,
        "an": 1,
        "another": 1,
        "일": 1,
        "한": 1,
        "이": 2,
        "두": 2,
        "삼": 3,
        "세": 3,
        "네": 4,
        "다섯": 5,
    },
    **{"여섯": 6},
}
_LENGTH = re.compile(
    r"(?:\b(?:for|by)\s+)?(?:\b(?:another|further)\s+)?"
    rf"(?<![\d가-힣A-Za-z-])(?P<count>\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
    r"[\s-]*(?:more\s+)?(?P<unit>years?\b|months?\b|년|개월|달)(?:간|동안)?\s?(?:더)?",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"\b(?:until|till|to|through|by)\s+(?P<en>\d{4}-\d{2}-\d{2})"
    r"|(?P<y>\d{4})\s?[-.년]\s?(?P<m>\d{1,2})\s?[-.월]\s?(?P<d>\d{1,2})\s?일?\s?까지"
)


def find_grade(sentence: str) -> Found | None:
    """Find the grade that a client is to get; a small letter only where the word grade stands with it."""
    match = _GRADE.search(sentence) or _LOWER_GRADE.search(sentence)
    if match is None:
        return None
    grade = next(value for value in match.groupdict().values() if value)
    return Found(grade.upper(), match.start(), match.end())


def find_phone(sentence: str) -> Found | None:
    """Find a phone number, in a sentence that speaks of one."""
    match = _PHONE.search(sentence) if _PHONE_WORD.search(sentence) else None
    return Found(match["value"].strip(), match.start(), match.end()) if match else None


def find_email(sentence: str) -> Found | None:
    """Find an e-mail address."""
    match = _EMAIL.search(sentence)
    return Found(match["value"].rstrip("."), match.start(), match.end()) if match else None


def find_contact(sentence: str) -> Found | None:
    """Find who is to be the contact person at a client."""
    match = _CONTACT.search(sentence)
    if match is None:
        return None
    name = next(name for name in ("en", "made", "ko") if match[name])
    return Found(match[name], match.start(name), match.end(name))


def find_address(sentence: str) -> Found | None:
    """Find an address behind the word for it."""
    match = _ADDRESS.search(sentence)
    if match is None:
        return None
    name = "en" if match["en"] else "ko"
    return Found(match[name].strip(), match.start(name), match.end(name))


def find_text(sentence: str) -> Found | None:
    """Find a note's text: behind a colon, in quotation marks, behind "saying", or before "라고"."""
    for pattern in _TEXT:
        if match := pattern.search(sentence):
            text = next(value for value in match.groupdict().values() if value)
            return Found(text.translate(_QUOTES).strip() or text, match.start(), match.end())
    return None


def find_months(sentence: str) -> Found | None:
    """Find for how many months a contract goes on."""
    match = _LENGTH.search(sentence)
    if match is None:
        return None
    count = match["count"].lower()
    number = int(count) if count.isdigit() else _NUMBERS[count]
    is_years = match["unit"].lower().startswith(("year", "년"))
    return Found(number * 12 if is_years else number, match.start(), match.end()) if number else None


def find_until(sentence: str) -> Found | None:
    """Find the day until which a contract goes on."""
    match = _UNTIL.search(sentence)
    if match is None:
        return None
    day = match["en"] or f"{match['y']}-{int(match['m']):02}-{int(match['d']):02}"
    return Found(day, match.start(), match.end())
