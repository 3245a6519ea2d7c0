"""Names as people write them: Korean or Latin, either order, with or without hyphen, title or id."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from tools.employees.models import Position
from tools.name_search import NameSearch, name_key
from tools.romanization import sound

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


class AskedName(NamedTuple):
    """A name taken apart.

    Attributes:
        text: As it was written.
        key: Its letters only, in lower case.
        position: What the title says, to choose between people of the same name.
    """

    text: str
    key: str
    position: Position | None


class NamedPerson(NamedTuple):
    """The names one person goes by."""

    id: str
    name_ko: str
    name_en: str
    position: Position


def take_apart(text: str) -> AskedName:
    """Take the title off a name."""
    stripped = _LATIN_SUFFIX.sub("", _LATIN_TITLE.sub("", text.strip()))
    match = _KOREAN_TITLE.match(stripped)
    if match is None or len(name_key(match["name"])) < 2:
        return AskedName(stripped, name_key(stripped), None)
    name = match["name"]
    return AskedName(name, name_key(name), POSITION_TITLES.get(match["title"].removesuffix("님")))


def spellings(person: NamedPerson) -> list[str]:
    """Return the ways the person's full name is written, in both scripts and both orders."""
    latin = set(_latin_orders(person))
    plain = {name.replace("-", "") for name in latin} | {name.replace("-", " ") for name in latin}
    korean = [person.name_ko, f"{person.name_ko[1:]} {person.name_ko[:1]}"]
    return [*korean, *sorted(latin | plain)]


def orders(person: NamedPerson) -> list[str]:
    """Return the person's full name in Korean, and in Latin letters with the family name at either end."""
    return [person.name_ko, *_latin_orders(person)]


def _latin_orders(person: NamedPerson) -> list[str]:
    tokens = person.name_en.split()
    family_last = " ".join([*tokens[1:], tokens[0]])
    family_first = " ".join([tokens[-1], *tokens[:-1]])
    return [person.name_en, family_last, family_first]


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
    """Return the people a name may mean: by full name, else given name, else how it is spelled."""
    known = list(people)
    for name in (take_apart(asked), AskedName(asked, name_key(asked), None)):
        if len(name.key) < 2:
            continue
        found = _match(name, known)
        of_position = [person for person in found if person.position == name.position]
        if found:
            return of_position or found
    return []


def search_names(asked: str, people: Sequence[NamedPerson], search: NameSearch) -> list[NamedPerson]:
    """Return the people a name, or a part of one, may mean, for a person to pick from.

    Args:
        asked: As people write it.
        people: Everybody.
        search: Over the `orders` of each of them.
    """
    matched = match_names(asked, people)
    held = [people[position] for position in search.holding(asked)]
    if matched or held:
        return list(dict.fromkeys([*held, *matched]))
    return [people[position] for position in search.find(asked)]


def _match(name: AskedName, known: list[NamedPerson]) -> list[NamedPerson]:
    key, sounded = name.key, sound(name.text)
    full = [person for person in known if key in {name_key(name) for name in spellings(person)}]
    if full:
        return full
    given = [person for person in known if key in given_names(person)]
    if given:
        return given
    alike = [person for person in known if sounded in map(sound, orders(person))]
    if alike or len(key) < 4:
        return alike
    return _closest(key, known)


def _closest(key: str, known: list[NamedPerson]) -> list[NamedPerson]:
    scored = [
        (max(fuzz.ratio(key, name_key(name)) for name in spellings(person)), person) for person in known
    ]
    best = max((score for score, _ in scored), default=0.0)
    if best < FUZZY_MIN_SCORE:
        return []
    return [person for score, person in scored if score >= best - AS_NEAR]
