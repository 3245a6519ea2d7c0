"""Which part of a message needs another part's result: pure functions over its words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_THING = re.compile(
    r"\b(?:it|its|they|them|their|that (?:client|customer|hospital|pharmacy|clinic|company))\b"
    r"|(?<![가-힣])(?:그곳|거기|해당|그 (?:거래처|병원|약국|의원|회사|고객)|그(?= ))"
    r"|^담당자(?:는|은|이|가|도)?(?= )",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:he|she|his|her|hers|him|they|them|their|that (?:employee|person|rep|manager|salesperson))\b"
    r"|(?<![가-힣])(?:그분|그녀|그 (?:사람|직원|담당자|사원|분)|해당|그(?= ))",
    re.IGNORECASE,
)
_REFERENCES = {"client": (_THING, _PERSON), "employee": (_PERSON,), "document": ()}
"""What words may refer to a result of an agent: a client's answer names people, too."""

_CLIENT_ROLE = re.compile(
    r"^(?:and |also )?(?:who (?:manages|handles|looks after|is (?:responsible for|in charge of)) "
    r"(?:it|them|that \w+)"
    r"|(?:who is |who's )?(?:its|their) (?:(?:account|sales) )?(?:manager|rep|owner|salesperson))"
    r"\W*$|^(?:(?:거기|그곳|(?:그|해당)(?: (?:거래처|병원|약국|의원|회사))?)의?\s)?"
    r"담당(?:자| ?직원| ?영업사원)(?:는|은|이|가|도)?(?:\s+(?:누구|누군|이름|알려|말해|궁금)|\W*$)",
    re.IGNORECASE,
)
"""Who looks after a client that was asked about just before: the client's record says it."""
_SUPERLATIVE = r"(?:highest|most|best|largest|biggest|greatest|lowest|least|worst|top)"
_SUPERLATIVE_ANYWHERE = re.compile(rf"\b{_SUPERLATIVE}\b|가장|제일|최고|최대|상위|1위", re.IGNORECASE)
_NOUN = r"(?P<noun>client|customer|hospital|pharmacy|clinic|employee|salesperson|sales rep|rep|person)"
_ROLE = r"(?P<role>(?:(?:account|sales) )?(?:manager|rep|representative|owner)|salesperson|person in charge)"
_TAIL = (
    r"(?: (?:sell|sold|buy|bought|owe|have|has|get|got|make|made|earn|reach|achieve|do|doing|end|expire)"
    r"\b[^,;?]*)?"
)
_NESTED_EN = re.compile(
    r"^(?P<outer>.*\b(?:of|for|from|at|with|by|about|do|does|did|has|manages|handles|looks after)) "
    rf"(?P<inner>(?:the|our) (?:{_NOUN} (?:with|who|that|which) .*?\b{_SUPERLATIVE}\b[^,;?]*?"
    rf"|(?:top|best|biggest|largest) {_NOUN.replace('noun', 'noun2')}(?: (?:last|this|in|of) [^,;?]*?)?))"
    rf"(?P<tail>{_TAIL})[?. ]*$",
    re.IGNORECASE,
)
_OF_ROLE_EN = re.compile(rf"^(?P<head>.*\S )the {_ROLE} (?:of|for|at)$", re.IGNORECASE)
_ONLY_WHO = re.compile(
    r"(?:and )?(?:(?:who|which|what)(?: is|'s| are)?|tell me|show me|give me|name)", re.IGNORECASE
)
_NESTED_KO = re.compile(
    r"^(?P<inner>[^,?]*?(?:가장|제일|최고|최대)[^,?]*?"
    r"(?P<noun>곳|거래처|병원|약국|의원|직원|사원|사람|담당자))의?\s+(?P<outer>.+)$"
)
_OF_ROLE_KO = re.compile(
    r"^(?P<role>담당(?:자| ?직원| ?영업사원| ?사원)|영업 ?담당자?)(?:의|가|이)?\s+"
    r"(?!누구|누군|이름|알려|말해|보여)(?P<rest>.+)$"
)
_PEOPLE = frozenset({"직원", "사원", "사람", "담당자"})


Work = tuple[str, int]
"""An agent, and which of its delegations, from 0."""


class Part(NamedTuple):
    """A clause as a dependency sees it.

    Attributes:
        number: Of the agent's delegation that it belongs to, from 0.
    """

    text: str
    agent: str
    number: int = 0

    @property
    def work(self) -> Work:
        """The delegation that it belongs to."""
        return self.agent, self.number


def needed(parts: Sequence[Part]) -> dict[Work, set[Work]]:
    """Return for each delegation whose results it needs, without circles.

    A clause refers to the nearest clause before it that its words can refer to; when that belongs to its own
    delegation, the agent knows it by itself.
    """
    needs: dict[Work, set[Work]] = {part.work: set() for part in parts}
    for position, part in enumerate(parts):
        for earlier in reversed(parts[:position]):
            if _points_at(part.text, earlier.agent):
                if earlier.work != part.work and not _reaches(needs, earlier.work, part.work):
                    needs[part.work].add(earlier.work)
                break
    return needs


def asks_of_what_was_found(text: str, earlier: str, agent: str) -> bool:
    """Whether a clause asks more of what its agent must find first: "who manages it" of "who bought most"."""
    return _SUPERLATIVE_ANYWHERE.search(earlier) is not None and _points_at(text, agent)


def asks_whose_client(text: str) -> bool:
    """Whether a clause asks for nothing but who looks after the client before it."""
    return _CLIENT_ROLE.search(text.strip()) is not None


def chains(message: str) -> list[tuple[str, ...]]:
    """Return how a nested question can be taken apart, the finest way first; nothing for any other.

    Each question of a chain points at what the one before it finds: "which is the client with the highest
    sales", "who manages that client", "what did that manager sell".
    """
    text = message.strip()
    if match := _NESTED_EN.match(text):
        return _english_chains(match)
    if match := _NESTED_KO.match(text):
        return _korean_chains(match)
    return []


def _english_chains(match: re.Match[str]) -> list[tuple[str, ...]]:
    noun, tail = (match["noun"] or match["noun2"]).lower(), match["tail"].rstrip(" .?")
    first = f"Which is {match['inner'].strip()}?"
    found = [(first, f"{match['outer']} that {noun}{tail}?")]
    role = _OF_ROLE_EN.match(match["outer"])
    if role and not _ONLY_WHO.fullmatch(role["head"].strip()):
        last = f"{role['head']}that {role['role'].lower()}{tail}?"
        return [(first, f"Who manages that {noun}?", last), *found]
    return list(found)


def _korean_chains(match: re.Match[str]) -> list[tuple[str, ...]]:
    inner, outer = match["inner"].strip(), match["outer"]
    of_people = match["noun"] in _PEOPLE
    first = f"{inner}{_topic_particle(inner)} {'누구야' if of_people else '어디야'}?"
    pointer = "그 사람의" if of_people else "그 거래처의"
    found = [(first, f"{pointer} {outer}")]
    role = _OF_ROLE_KO.match(outer)
    if role and not of_people:
        return [(first, f"{pointer} 담당자는 누구야?", f"그 담당자의 {role['rest']}"), *found]
    return list(found)


def _topic_particle(word: str) -> str:
    """Return 은 behind a final consonant, 는 behind a vowel."""
    return "은" if (ord(word[-1]) - ord("가")) % 28 else "는"


def _points_at(text: str, agent: str) -> bool:
    return any(words.search(text) for words in _REFERENCES.get(agent, ()))


def _reaches(needs: dict[Work, set[Work]], start: Work, goal: Work) -> bool:
    return start == goal or any(_reaches(needs, work, goal) for work in needs[start])
