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
    r"\b(?:he|she|his|hers?|him|they|them|theirs?|that (?:employee|person|rep|manager|salesperson))\b"
    r"|(?<![가-힣])(?:그분|그녀|그 (?:사람|직원|담당자|사원|분)|해당|그(?= ))",
    re.IGNORECASE,
)
_REFERENCES = {"client": (_THING, _PERSON), "employee": (_PERSON,), "document": ()}
"""What words may refer to a result of an agent: a client's answer names people, too."""

_CLIENT_ROLE = re.compile(
    r"^(?:and |also )?(?:who (?:manages|handles|looks after|is (?:responsible for|in charge of)) "
    r"(?:it|them|that (?!owner|rep|manager|account|sales|employee|person)\w+)"
    r"|(?:who is |who's )?(?:its|their) (?:(?:account|sales) )?(?:manager|rep|owner|salesperson))"
    r"\W*$|^(?:(?:거기|그곳|(?:그|해당)(?: (?:거래처|병원|약국|의원|회사))?)의?\s)?"
    r"담당(?:자| ?직원| ?영업사원)(?:는|은|이|가|도)?(?:\s+(?:누구|누군|이름|알려|말해|궁금)|\W*$)",
    re.IGNORECASE,
)
"""Who looks after a client that was asked about just before: the client's record says it."""
_STAFF = r"that (?:employee|person|(?:account |sales )?(?:rep|representative|manager|owner)|salesperson)"
_STAFF_KO = r"(?:(?:그|해당) (?:사람|직원|담당자|영업 ?사원|사원|분)|그분|그녀)"
_ASKS_WHO = re.compile(
    r"\bwho (?:manages|handles|looks after|is (?:responsible for|in charge of)"
    r"|is (?:the|its|their|\S+['’]s) (?:(?:account|sales) )?"
    r"(?:manager|rep|representative|owner|salesperson))\b"
    r"|\b(?:which|what) (?:sales ?(?:person|rep)|employee|account manager)\b"
    r"|담당(?:자| ?직원| ?영업 ?사원|하는 (?:사람|직원))(?:는|은|이|가)?\s*(?:누구|누군|이름)"
    r"|누가 (?:담당|관리|맡)",
    re.IGNORECASE,
)
_OF_A_PERSON = (
    r"(?:sales|targets?|attainment|quota|performance|e-?mail|department|position|boss|team|attendance)"
)
_THEIR_RECORD = re.compile(
    rf"\b(?:he|she|they|{_STAFF})\b (?:\w+ ){{0,2}}?(?:sell|sold|doing|perform\w*|reach\w*|achiev\w*)\b"
    rf"|\b(?:his|her|their|{_STAFF}['’]s) (?:own )?(?:sales )?{_OF_A_PERSON}\b"
    rf"|\b{_STAFF}(?:['’]s)? (?:\w+ ){{0,2}}?(?:report|reports|boss|supervisor|line manager|join\w*|target)\b"
    rf"|\bwho (?:manages|supervises|leads|is the (?:boss|manager|supervisor) of) {_STAFF}\b"
    rf"|{_STAFF_KO}(?:의|은|는|이|가)?\s.*"
    rf"(?:실적|매출|달성[률율]|목표|팔았|판매|이메일|부서|직급|입사|근속|근태|지각|팀원|상사|팀장|윗사람)",
    re.IGNORECASE,
)
_CLIENTS = r"(?:clients?|customers?|accounts)"
_THEIR_CLIENTS = re.compile(
    rf"\b(?:his|her|their|{_STAFF}['’]s) (?:[\w-]+ ){{0,2}}?{_CLIENTS}\b"
    rf"|\b{_CLIENTS} (?:\w+ ){{0,3}}?"
    rf"(?:of (?:theirs|his|hers|{_STAFF})|(?:do|does|did) (?:he|she|they|{_STAFF}))\b"
    rf"|\b{_CLIENTS} (?:that )?(?:he|she|they) (?:manage|look|handle|serve)"
    rf"|{_STAFF_KO}(?:의|이|가|은|는)?\s*(?:(?:담당|맡|관리)\S*\s+)?(?:있는 )?(?:고객|거래처)",
    re.IGNORECASE,
)
_SUPERLATIVE_ANYWHERE = re.compile(
    r"\b(?:highest|most|best|largest|biggest|greatest|lowest|least|worst|top)\b|가장|제일|최고|최대|상위|1위",
    re.IGNORECASE,
)
_BARE_RECORD = re.compile(
    r"(?:(?:올해|작년|지난 ?(?:달|분기|해)|이번 ?(?:달|분기|해)|\d+월|\d{4}년(?: \d+월)?)(?:의)?\s+)?"
    r"(?:영업 ?|목표 ?|매출 ?|판매 ?)?(?:달성[률율]|실적|매출|판매액)(?:은|는|이|가|도)?\s*"
    r"(?:어때|어떤|어떻|얼마|몇|좋|알려|말해|보여)\S*\W*"
)
"""A person's figures, where Korean leaves out whose: "담당자는 누구고 목표 달성률은 어때?"."""
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
            if _points_at(part.text, earlier.agent) or _leaves_out_whom(part, earlier):
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


def agent_pointed_at(text: str, earlier: str, agent: str) -> str | None:
    """Return the agent that a question's words leave no doubt of, behind another question; None for others.

    Args:
        text: The question, such as "how much did they sell?".
        earlier: The question before, such as "who manages it?".
        agent: Which answered the question before.
    """
    if agent == "client" and asks_whose_client(text):
        return "client"
    if _THEIR_CLIENTS.search(text):
        return "client"
    return "employee" if _ASKS_WHO.search(earlier) and _THEIR_RECORD.search(text) else None


def pointing(task: str) -> str:
    """Return a task that needs a result with a pointer to the person that it leaves out."""
    return f"그 담당자의 {task}" if _BARE_RECORD.fullmatch(task.strip()) else task


def _points_at(text: str, agent: str) -> bool:
    return any(words.search(text) for words in _REFERENCES.get(agent, ()))


def _leaves_out_whom(part: Part, earlier: Part) -> bool:
    return bool(
        part.agent == "employee"
        and earlier.agent == "client"
        and _ASKS_WHO.search(earlier.text)
        and _BARE_RECORD.fullmatch(part.text.strip())
    )


def _reaches(needs: dict[Work, set[Work]], start: Work, goal: Work) -> bool:
    return start == goal or any(_reaches(needs, work, goal) for work in needs[start])
