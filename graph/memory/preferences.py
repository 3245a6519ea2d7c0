"""Stable preferences, where a person says one plainly: language, format, region, team. Pure functions."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from narutalk.languages import Language

PreferenceName = Literal["language", "format", "region", "team"]
Format = Literal["short", "table", "bullets"]

MAX_CHARS = 120
"""Who says a preference plainly says little else."""

_CITIES = (
    "Seoul|Busan|Daegu|Incheon|Gwangju|Daejeon|Ulsan|Sejong|Gyeonggi|Gangwon|Chungbuk|Chungnam|Jeonbuk"
    "|Jeonnam|Gyeongbuk|Gyeongnam|Jeju|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북"
    "|전남|경북|경남|제주"
)
"""Korea's provinces and metropolitan cities: what "I work in Busan" can only mean as a region."""

_PLACE = r"(?:branch|office|region|area)"
_UNIT = r"(?:team|department|division)"
_WE_ARE = r"(?:i|we)(?:['’]m| am|['’]re| are)?(?: (?:now|currently|also))?"
_REGION_EN = (
    re.compile(
        rf"{_WE_ARE} (?:(?:work(?:ing)?|based|located|stationed|in charge|responsible) )?"
        rf"(?:in|at|for|from|of|out of) (?:the |our )?(?P<value>[\w-]+(?: [\w-]+)?) {_PLACE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:my|our) (?:own |home |sales )?{_PLACE} is (?:the |in )?"
        rf"(?P<value>[\w-]+(?: [\w-]+)?)(?: {_PLACE})?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_WE_ARE} (?:work(?:ing)?|based|located|stationed) (?:in|out of) (?P<value>{_CITIES})",
        re.IGNORECASE,
    ),
)
_TEAM_EN = (
    re.compile(
        rf"{_WE_ARE} (?:work(?:ing)? )?(?:in|on|for|with|part of|a member of) (?:the )?"
        rf"(?P<value>[\w&'-]+(?: [\w&'-]+){{0,3}} {_UNIT})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:my|our) {_UNIT} is (?:the )?(?P<value>[\w&'-]+(?: [\w&'-]+){{0,3}})",
        re.IGNORECASE,
    ),
)
_NO_NAMES = frozenset(
    "a an the same other wrong new best whole different big small great good home head main local next last"
    " my our your his her their this that".split()
)

_I_KO = r"(?:저는|전|나는|난|제가|내가|나|저|우리는|저희는|우린)\s+"
_WORKS_KO = (
    r"(?:일(?:해요?|합니다|한다|하고 ?있(?:어요?|습니다|다))"
    r"|(?:근무|담당)(?:해요?|합니다|한다|하고 ?있(?:어요?|습니다|다)|(?: ?중)?(?:이야|이에요|입니다))"
    r"|맡고 ?있(?:어요?|습니다|다)|소속(?:이야|이에요|입니다|이다)?|다(?:녀요?|닙니다|닌다))"
)
_IS_KO = r"(?:이야|야|이에요|예요|입니다|이다|임)"
_PLACE_KO = r"(?:지점|지사|사무소|사무실|영업소|지역|권역)"
_UNIT_KO = r"(?:팀|부|본부|그룹)"
_MINE_KO = r"(?:내|나의|제|저의)"
_OURS_KO = r"(?:내|나의|제|저의|우리|저희)"
_REGION_KO = (
    re.compile(rf"{_I_KO}(?P<value>[가-힣A-Za-z]+?) ?{_PLACE_KO}(?:에서|을|를|에)? ?{_WORKS_KO}"),
    re.compile(rf"{_I_KO}(?P<value>{_CITIES})(?:에서|을|를)? ?{_WORKS_KO}"),
    re.compile(
        rf"{_OURS_KO} ?(?:담당 ?|근무 ?)?{_PLACE_KO}(?:은|는|이) "
        rf"(?P<value>{_CITIES}|[가-힣A-Za-z]+?(?= ?{_PLACE_KO}))(?: ?{_PLACE_KO})?{_IS_KO}"
    ),
    re.compile(rf"{_MINE_KO} ?(?:담당 ?|근무 ?)?{_PLACE_KO}(?:은|는|이) (?P<value>[가-힣A-Za-z]+?){_IS_KO}"),
)
_TEAM_KO = (
    re.compile(rf"{_I_KO}(?P<value>[가-힣A-Za-z0-9 ]{{1,30}}?{_UNIT_KO})(?:에서|에|을|를)? ?{_WORKS_KO}"),
    re.compile(
        rf"{_OURS_KO} ?(?:소속 ?)?(?:팀|부서)(?:은|는|이) "
        rf"(?P<value>[가-힣A-Za-z0-9]+(?: [가-힣A-Za-z0-9]+)??{_UNIT_KO}){_IS_KO}"
    ),
)
_NO_NAMES_KO = frozenset("어디 어느 뭐 무엇 무슨 누구 같은 다른 최고 여기 거기 이 그 저 본 해당".split())

_STABLE_EN = (
    r"from now on|always|in (?:the )?future|going forward|every time|prefer(?:red)?|my preference"
    r"|i(?:['’]d| would)? rather"
)
_ANSWERS_EN = (
    r"(?:answers?|repl(?:y|ies)|respond|responses?|speak|talk|write|show|give|present|use|keep|format"
    r"|prefer|preference|be|rather|language)"
)
_STARTS_EN = re.compile(
    r"(?:please,? )?(?:from now|always|in (?:the )?future|going forward"
    r"|i(?:['’]d| would)? (?:prefer|rather|always|like)"
    r"|my (?:preferred|preference)|answer|reply|respond|speak|talk|write|keep|use|show|give|present|be)\b",
    re.IGNORECASE,
)
_OF_EN = re.compile(r"\b(?:of|for(?! me\b)|from(?! now)|by|who|which|that)\b", re.IGNORECASE)
_TALKS_EN = (
    re.compile(rf"\b(?:{_STABLE_EN})\b", re.IGNORECASE),
    re.compile(rf"\b{_ANSWERS_EN}\b", re.IGNORECASE),
)
_ALWAYS_KO = re.compile(
    r"(?:앞으로|이제부터|지금부터|항상|늘|언제나|매번)(?:는|은|도|,)?\s*"
    r"(?:(?:모든|내|제|나한테|저한테|나에게|저에게|내게|저|나|질문에는?|질문은|답은?|답을|대답은?|답변은?|답변을|결과는?|결과를|좀|꼭|가능하면)\s+)*"
    r"(?P<what>\S+(?:\s\S+){0,3})$"
)
_LIKES_KO = re.compile(
    rf"(?:{_I_KO})?(?P<what>.{{1,24}}?)(?:을|를|이|가)? ?(?:더 )?"
    r"(?:선호(?:해요?|합니다|한다)|좋(?:아요?|습니다)|편(?:해요?|합니다))$"
)
_WANTED: tuple[tuple[PreferenceName, str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "language",
        Language.KO,
        re.compile(r"\b(?:in |is |prefer |speak )korean\b", re.I),
        re.compile(r"^(?:한국어|한국말|한글|우리말)(?:로|$)"),
    ),
    (
        "language",
        Language.EN,
        re.compile(r"\b(?:in |is |prefer |speak )english\b", re.I),
        re.compile(r"^(?:영어|영문)(?:로|으로|$)"),
    ),
    (
        "format",
        "table",
        re.compile(r"\b(?:as|in|with|use|prefer|like|a|show|show me) tables?\b|\btables,? please$", re.I),
        re.compile(r"^표(?:로|가|를|$)"),
    ),
    (
        "format",
        "bullets",
        re.compile(r"\bbullet(?:s|ed| points?| lists?)\b", re.I),
        re.compile(r"^(?:글머리|불릿|목록|항목별)"),
    ),
    (
        "format",
        "short",
        re.compile(r"\b(?:short(?:er)?|brief(?:ly)?|concise(?:ly)?)\b", re.I),
        re.compile(r"^(?:짧|간단|간결|간략)"),
    ),
)


class Preference(NamedTuple):
    """What a person prefers, or belongs to: a region's or a team's name, a language's code, a `Format`."""

    name: PreferenceName
    value: str


def preference_in(sentence: str) -> Preference | None:
    """Return the preference a sentence says plainly, in the first person; None for any other sentence."""
    text = " ".join(sentence.split()).rstrip(" .!~")
    if len(text) > MAX_CHARS or text.endswith("?"):
        return None
    return _belonging(text) or _wish(text)


def _belonging(text: str) -> Preference | None:
    for name, patterns, is_name in _BELONGINGS:
        for pattern in patterns:
            if (match := pattern.fullmatch(text)) and is_name(match["value"]):
                return Preference(name, _named(match["value"].strip()))
    return None


def _named(value: str) -> str:
    return value[0].upper() + value[1:]


def _is_place(value: str) -> bool:
    first = value.split(maxsplit=1)[0]
    known = re.fullmatch(_CITIES, value, re.IGNORECASE)
    return bool(known) or (first.lower() not in _NO_NAMES and (first[0].isupper() or not first.isascii()))


def _is_unit(value: str) -> bool:
    first = value.split(maxsplit=1)[0]
    named = first[0].isupper() or not first.isascii() or re.search(rf"{_UNIT}$", value, re.IGNORECASE)
    return bool(named) and first.lower() not in _NO_NAMES


def _is_korean_name(value: str) -> bool:
    return not _NO_NAMES_KO & {*value.split()}


_BELONGINGS: tuple[tuple[PreferenceName, tuple[re.Pattern[str], ...], Callable[[str], bool]], ...] = (
    ("region", _REGION_EN, _is_place),
    ("team", _TEAM_EN, _is_unit),
    ("region", _REGION_KO, _is_korean_name),
    ("team", _TEAM_KO, _is_korean_name),
)


def _wish(text: str) -> Preference | None:
    korean = _ALWAYS_KO.fullmatch(text) or _LIKES_KO.fullmatch(text)
    english = (
        _STARTS_EN.match(text) and all(words.search(text) for words in _TALKS_EN) and not _OF_EN.search(text)
    )
    for name, value, en, ko in _WANTED:
        if (english and en.search(text)) or (korean and ko.search(korean["what"])):
            return Preference(name, value)
    return None
