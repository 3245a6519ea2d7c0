"""Names as people write them: Korean or Latin, either order, with or without hyphen, title or id."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz

from tools.employees.models import Position

FUZZY_MIN_SCORE = 84
"""Of `rapidfuzz.fuzz.ratio`, 0 to 100: one slip in a seven-letter name still passes."""
AS_NEAR = 2.0
"""People whose scores differ by no more may both be meant."""

POSITION_TITLES: dict[str, Position] = {
    "사원": Position.ASSOCIATE,
    "대리": Position.SENIOR_ASSOCIATE,
    "과장": Position.MANAGER,
    "차장": Position.SENIOR_MANAGER,
    "부장": Position.DIRECTOR,
}
KOREAN_TITLE = r"(?:사원|대리|과장|차장|부장|팀장|이사|매니저|직원)님?|씨|님"
LATIN_TITLE = r"(?:mr|mrs|ms|miss|dr)\b\.?"

_KOREAN_TITLE = re.compile(rf"(?P<name>.*?[가-힣])\s*(?P<title>{KOREAN_TITLE})\s*$")
_LATIN_TITLE = re.compile(rf"^\s*{LATIN_TITLE}\s+", re.IGNORECASE)
_LATIN_SUFFIX = re.compile(r"(?:['\u2019]s|[-\s](?:ssi|nim))\s*$", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[^0-9a-z가-힣]+")


class AskedName(NamedTuple):
    """A name taken apart.

    Attributes:
        key: Its letters only, in lower case.
        position: What the title says, to choose between people of the same name.
    """

    key: str
    position: Position | None


class NamedPerson(NamedTuple):
    """The names one person goes by."""

    id: str
    name_ko: str
    name_en: str
    position: Position


def name_key(text: str) -> str:
    """Return the letters and digits of a name, in lower case: "Kim, Min-su" and "kim minsu" are alike."""
    return _NOT_LETTERS.sub("", text.casefold())


def take_apart(text: str) -> AskedName:
    """Take the title off a name."""
    stripped = _LATIN_SUFFIX.sub("", _LATIN_TITLE.sub("", text.strip()))
    match = _KOREAN_TITLE.match(stripped)
    if match is None or len(name_key(match["name"])) < 2:
        return AskedName(name_key(stripped), None)
    return AskedName(name_key(match["name"]), POSITION_TITLES.get(match["title"].removesuffix("님")))


def spellings(person: NamedPerson) -> list[str]:
    """Return the ways the person's full name is written, in both scripts and both orders."""
    tokens = person.name_en.split()
    family_last = " ".join([*tokens[1:], tokens[0]])
    family_first = " ".join([tokens[-1], *tokens[:-1]])
    latin = {person.name_en, family_last, family_first}
    plain = {name.replace("-", "") for name in latin} | {name.replace("-", " ") for name in latin}
    korean = [person.name_ko, f"{person.name_ko[1:]} {person.name_ko[:1]}"]
    return [*korean, *sorted(latin | plain)]


def given_names(person: NamedPerson) -> set[str]:
    """Return the keys of what the person may be called without the family name.

    Which token is the family name is not known: the last of two ("Minsu Kim") or the first ("Kim Minsu"),
    so each that is not a usual one-syllable family name counts.
    """
    tokens = person.name_en.split()
    ends = {tokens[0], tokens[-1], " ".join(tokens[1:]), " ".join(tokens[:-1])}
    latin = {name_key(token) for token in ends if len(name_key(token)) >= 4}
    return latin | ({person.name_ko[1:]} if len(person.name_ko) == 3 else set())


def spoken_given_names(person: NamedPerson) -> set[str]:
    """Return the Latin given names that are long enough to be told from words of a sentence."""
    tokens = person.name_en.split()
    return {token for token in (tokens[0], tokens[-1]) if "-" in token or len(token) >= 5}


def match_names(asked: str, people: Iterable[NamedPerson]) -> list[NamedPerson]:
    """Return the people a name may mean: by full name, else given name, else misspelling."""
    known = list(people)
    for name in (take_apart(asked), AskedName(name_key(asked), None)):
        if len(name.key) < 2:
            continue
        found = _match_key(name.key, known)
        of_position = [person for person in found if person.position == name.position]
        if found:
            return of_position or found
    return []


def _match_key(key: str, known: list[NamedPerson]) -> list[NamedPerson]:
    full = [person for person in known if key in {name_key(name) for name in spellings(person)}]
    if full:
        return full
    given = [person for person in known if key in given_names(person)]
    if given:
        return given
    if len(key) >= 4:
        return _closest(key, known)
    return []


def _closest(key: str, known: list[NamedPerson]) -> list[NamedPerson]:
    scored = [
        (max(fuzz.ratio(key, name_key(name)) for name in spellings(person)), person) for person in known
    ]
    best = max((score for score, _ in scored), default=0.0)
    if best < FUZZY_MIN_SCORE:
        return []
    return [person for score, person in scored if score >= best - AS_NEAR]
