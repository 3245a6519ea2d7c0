"""The routing decision: pure functions from a classified message to delegations."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import BaseModel, Field

from graph.chaining import CLAUSE_CONFIDENT, chain_of, likeliest_agent, taken_apart
from graph.choices import chosen, picked
from graph.dependencies import (
    Part,
    agent_pointed_at,
    asks_of_what_was_found,
    asks_whose_client,
    needed,
    pointing,
)
from graph.explanations import asks_how_computed
from graph.intents.classifier import Classification, IntentClassifier
from graph.intents.clauses import Clause, shared_subject, split_clauses
from graph.intents.gibberish import is_gibberish
from graph.reasons import Reason, ReasonCode, RouteMethod, because
from graph.references import LastTurn, context_for, corrected, named_entry, naming, ordinal
from graph.vagueness import says_only_when
from narutalk.events import Delegation, Usage
from narutalk.languages import Language, detect_language
from narutalk.registry import AGENTS, GENERAL_INTENT, agent, agent_for_intent

CONFIDENT = 0.55
"""Below this the classifier is more often unsure than right; see docs/adr/0005."""
SAID_ONLY_WHEN = 0.5
"""As sure as one is at most of a message without a subject."""
CHANGE_OF_SUBJECT = 0.8
SURELY_SMALL_TALK = 0.9
FOLLOW_UP_MAX_CHARS = 40
_FOLLOW_UP = re.compile(
    r"^\W*(?:and|what about|how about|then|also|but|so)\b|^\W*(?:그럼|그러면|그리고|그렇다면|또)(?:\s|$)"
    r"|^[^?]{1,24}(?:은|는)\s*(?:요)?\s*\?*$"
    r"|^\W*(?:break|split) (?:it|that|this|them) (?:down|up)\b"
    r"|^\W*(?:연도|분기|월|지역|제품|고객|부서)별로(?:\s|$)",
    re.IGNORECASE,
)


_ABOUT = {Language.EN: "Tell me about {name}", Language.KO: "{name}에 대해 알려줘"}
_THANKS = re.compile(r"\b(?:thanks?|thank you|problem|worries|need)\b|감사|고마|괜찮|됐", re.IGNORECASE)
"""What follows a "no" that corrects nothing."""
_CLIENT_CONTACT = re.compile(
    r"\bcontact (?:person|name|e-?mail|phone)\b.*\b(?:of|at|for)\b|\bthe contact (?:at|of|for)\b"
    r"|(?:연락|거래처(?: ?측)?|고객(?: ?측)?) ?담당자",
    re.IGNORECASE,
)
"""A person who works at a client: the client's record names them, not the directory of employees."""
_BUYERS = re.compile(
    r"\b(?:hospitals?|clinics?|pharmac(?:y|ies)|wholesalers?|clients?|customers?)\b.*"
    r"\b(?:buy|bought|buys|order|ordered|purchased?|spen[dt])\b"
    r"|(?:병원|의원|약국|도매상|도매업체|거래처|고객사?)(?:들)?(?:이|가|은|는|에서|들이)?\s(?:.*\s)?"
    r"(?:산|샀\S*|사 ?간|구매\S*|구입\S*|주문\S*)",
    re.IGNORECASE,
)
"""Clients buy; nobody who works here does."""
_JOINTS = frozenset({"", "and", "plus", "as well as", "과", "와", "랑", "하고", "및", "그리고", "and also"})


class Route(BaseModel):
    """Where a question goes, and why.

    Attributes:
        delegations: One for each part that an agent works on; empty for small talk and for unclear questions.
        intent: The strongest intent.
        confidence: Of the decision, 0 to 1.
        scores: Of the whole message, by intent; they add up to 1.
        needs_clarification: Ask the person back, with what can be asked.
        choices: The likeliest agents, best first, when the person is asked back.
        follow_up: Whether the question goes on from the last turn.
        method: What decided.
        reason: Why.
        context: What the agents need of the last turn to understand their tasks; bounded, and often empty.
        usage: Of the language model that was asked.
        degraded: Whether it failed to answer.
    """

    delegations: list[Delegation] = []
    intent: str
    confidence: float = Field(ge=0, le=1)
    scores: dict[str, float] = {}
    language: Language = Language.EN
    needs_clarification: bool = False
    choices: list[str] = []
    follow_up: bool = False
    method: RouteMethod = "classifier"
    reason: Reason | None = None
    context: str = ""
    usage: Usage = Usage()
    degraded: bool = False


def decide(
    classifier: IntentClassifier,
    message: str,
    previous: Sequence[Delegation] = (),
    turn: LastTurn | None = None,
    choices: Sequence[str] = (),
) -> Route:
    """Decide where a message goes.

    Args:
        classifier: Scores texts by intent.
        message: The person's words.
        previous: The delegations of the last turn, for "and last year?".
        turn: The last turn's words, for "his manager?" and "the second one".
        choices: What the last turn asked back, for "the second one" and "clients".
    """
    if turn and (name := picked(message, choices)):
        return _chosen(classifier, turn.question, name)
    if turn and turn.pending and (question := chosen(message, turn.pending)):
        route = _decide(classifier, question, previous)
        return route if len(previous) > 1 else _again(route, question, previous, "choice")
    computed = [entry for entry in previous if agent(entry.agent).explains]
    if computed and asks_how_computed(message):
        [whole] = classifier.classify([message])
        unled = _route(whole, detect_language(message), [], whole.confidence, "follow_up")
        return _again(unled, message, computed, "follow_up")
    rest = corrected(message) if previous else None
    if rest:
        return _correction(classifier, rest, previous, turn)
    name = named_entry(message, turn) if previous else ""
    task = (naming(message, name) or _ABOUT[detect_language(message)].format(name=name)) if name else message
    route = _decide(classifier, task, previous)
    context = context_for(message, turn) if previous else ""
    if not context:
        return route
    if turn and len(route.delegations) <= 1:
        route = _pinned(route, task, turn.question, previous)
    if not route.delegations and ordinal(message) is None:
        return route
    if route.follow_up or not route.delegations:
        route = _again(route, task, previous, "reference")
    update = {"follow_up": True, "reason": because("reference"), "context": context}
    return route.model_copy(update=update)


def _pinned(route: Route, task: str, question: str, previous: Sequence[Delegation]) -> Route:
    """Give a task to the agent that its words leave no doubt of, behind the question before."""
    name = agent_pointed_at(task, question, previous[-1].agent)
    if name is None or [name] == [entry.agent for entry in route.delegations]:
        return route
    delegation = Delegation(agent=name, task=task, confidence=CLAUSE_CONFIDENT)
    update = {"delegations": [delegation], "intent": agent(name).intent, "confidence": CLAUSE_CONFIDENT}
    return route.model_copy(
        update={**update, "needs_clarification": False, "choices": [], "follow_up": False}
    )


def _chosen(classifier: IntentClassifier, question: str, name: str) -> Route:
    """Give the question that was unclear to the agent that the person picked for it."""
    [whole] = classifier.classify([question])
    delegation = Delegation(agent=name, task=question, confidence=1)
    return _route(whole, detect_language(question), [delegation], 1, "choice")


def _correction(
    classifier: IntentClassifier, rest: str, previous: Sequence[Delegation], turn: LastTurn | None
) -> Route:
    """Ask the last question again as it was corrected, unless the correction is a question of its own."""
    route = _decide(classifier, rest, previous)
    if _THANKS.search(rest):
        return route
    elsewhere = {entry.agent for entry in route.delegations} - {entry.agent for entry in previous}
    if not (elsewhere and route.confidence >= CHANGE_OF_SUBJECT):
        route = _again(route, rest, previous, "correction")
    return route.model_copy(update={"context": context_for(rest, turn), "reason": because("correction")})


def _again(route: Route, task: str, previous: Sequence[Delegation], code: ReasonCode) -> Route:
    """Give a task to the agents of the last turn."""
    again = {
        entry.agent: Delegation(agent=entry.agent, task=task, confidence=entry.confidence)
        for entry in previous
    }
    confidence = min(entry.confidence for entry in again.values())
    return route.model_copy(
        update={
            "delegations": list(again.values()),
            "intent": agent(previous[0].agent).intent or route.intent,
            "confidence": round(confidence, 4),
            "needs_clarification": False,
            "choices": [],
            "follow_up": True,
            "reason": because(code),
        }
    )


def _decide(classifier: IntentClassifier, message: str, previous: Sequence[Delegation]) -> Route:
    language = detect_language(message)
    if is_gibberish(message):
        [whole] = classifier.classify([message])
        return _unclear(whole, language, 0.0, [entry.name for entry in AGENTS])
    is_vague = says_only_when(message)
    clauses = [] if is_vague else split_clauses(message)
    whole, *parts = classifier.classify([message, *(clause.text for clause in clauses)])
    if is_vague:
        whole = replace(whole, confidence=min(whole.confidence, SAID_ONLY_WHEN))
    several = _several(message, clauses, parts) if len(clauses) > 1 else []
    if len(several) < 2 and (chain := chain_of(classifier, message)):
        return _route(whole, language, chain, min(entry.confidence for entry in chain), "dependent")
    whole_says_little = whole.intent == GENERAL_INTENT or whole.confidence < CONFIDENT
    if len(several) > 1 or (several and whole_says_little):
        several = taken_apart(classifier, several)
        code: ReasonCode = "several" if len(several) > 1 else "confident"
        if any(entry.after for entry in several):
            code = "dependent"
        return _route(whole, language, several, min(entry.confidence for entry in several), code)
    if previous and _goes_on(message, whole, previous):
        return _again(
            _route(whole, language, [], whole.confidence, "follow_up"), message, previous, "follow_up"
        )
    return _single(message, whole, language)


def _single(message: str, whole: Classification, language: Language) -> Route:
    if _CLIENT_CONTACT.search(message):
        confidence = max(whole.confidence, CLAUSE_CONFIDENT)
        delegation = Delegation(agent="client", task=message, confidence=confidence)
        return _route(whole, language, [delegation], confidence, "confident")
    agent = agent_for_intent(whole.intent)
    if whole.confidence < CONFIDENT:
        return _unclear(whole, language, whole.confidence, _choices(whole))
    if agent is None:
        return _route(whole, language, [], whole.confidence, "small_talk")
    if agent == "employee" and _BUYERS.search(message):
        agent = "client"
    delegation = Delegation(agent=agent, task=message, confidence=whole.confidence)
    return _route(whole, language, [delegation], whole.confidence, "confident")


def _unclear(whole: Classification, language: Language, confidence: float, choices: list[str]) -> Route:
    unclear = _route(whole, language, [], confidence, "unclear")
    return unclear.model_copy(update={"needs_clarification": True, "choices": choices})


def _choices(whole: Classification) -> list[str]:
    """Return the two likeliest agents, best first, and a third about as likely as the second."""
    scores = {name: whole.scores[intent] for intent in whole.scores if (name := agent_for_intent(intent))}
    ranked = sorted(scores, key=lambda name: -scores[name])
    about_as_likely = len(ranked) > 2 and scores[ranked[2]] >= scores[ranked[1]] / 2
    return ranked[: 3 if about_as_likely else 2]


class _Part(NamedTuple):
    """A clause given to an agent.

    Attributes:
        number: Of the agent's delegation that it belongs to, from 0.
    """

    clause: Clause
    agent: str
    confidence: float
    number: int = 0


def _several(message: str, clauses: Sequence[Clause], found: Sequence[Classification]) -> list[Delegation]:
    """Give each clause to its agent; one that says little goes with the clause before it, or after it."""
    parts: list[_Part] = []
    waiting: list[Clause] = []
    for clause, classification in zip(clauses, found, strict=True):
        if classification.intent == GENERAL_INTENT and classification.confidence >= SURELY_SMALL_TALK:
            continue
        agent_name, confidence = likeliest_agent(classification)
        if parts and (pinned := agent_pointed_at(clause.text, parts[-1].clause.text, parts[-1].agent)):
            agent_name, confidence = pinned, max(confidence, parts[-1].confidence)
        if confidence >= CLAUSE_CONFIDENT:
            parts.extend(_Part(early, agent_name, confidence) for early in waiting)
            parts.append(_numbered(_Part(clause, agent_name, confidence), parts))
            waiting = []
        elif parts:
            parts.append(parts[-1]._replace(clause=clause))
        else:
            waiting.append(clause)
    return _in_order(message, parts)


def _numbered(part: _Part, before: Sequence[_Part]) -> _Part:
    """Return the part in the agent's last delegation, or in one of its own that comes after it."""
    own = [earlier for earlier in before if earlier.agent == part.agent]
    if not own:
        return part
    apart = asks_of_what_was_found(part.clause.text, own[-1].clause.text, part.agent)
    return part._replace(number=own[-1].number + apart)


def _in_order(message: str, parts: Sequence[_Part]) -> list[Delegation]:
    """Return the delegations, each behind those whose results it needs."""
    needs = needed([Part(part.clause.text, part.agent, part.number) for part in parts])
    waiting = list(dict.fromkeys((part.agent, part.number) for part in parts))
    order: list[tuple[str, int]] = []
    while waiting:
        ready = next(work for work in waiting if needs[work] <= {*order})
        waiting.remove(ready)
        order.append(ready)
    return [
        _delegation(
            message,
            [part for part in parts if (part.agent, part.number) == work],
            sorted(order.index(other) for other in needs[work]),
        )
        for work in order
    ]


def _delegation(message: str, parts: Sequence[_Part], after: list[int]) -> Delegation:
    """Join an agent's clauses: as they stand in the message where nothing else lies between them."""
    spans: list[tuple[int, int]] = []
    for part in parts:
        if spans and message[spans[-1][1] : part.clause.start].strip(" ,.;?!") in _JOINTS:
            spans[-1] = (spans[-1][0], part.clause.end)
        else:
            spans.append((part.clause.start, part.clause.end))
    task = "; ".join(message[start:end].rstrip(".?! ") for start, end in spans[:-1])
    last = message[spans[-1][0] : spans[-1][1]]
    if parts[0].agent != "document" and (subject := shared_subject(message, parts[0].clause)):
        last = f"{subject} {last}"
    task = f"{task}; {last}" if task else last
    return Delegation(
        agent=parts[0].agent,
        task=pointing(task) if after else task,
        confidence=round(min(part.confidence for part in parts), 4),
        after=after,
    )


def _goes_on(message: str, whole: Classification, previous: Sequence[Delegation]) -> bool:
    """Whether a message only makes sense after the last turn: "and last year?", "부산은?"."""
    if len(message) > FOLLOW_UP_MAX_CHARS:
        return False
    if asks_whose_client(message) and any(entry.agent == "client" for entry in previous):
        return True
    if not _FOLLOW_UP.search(message.strip()):
        return whole.confidence < CONFIDENT
    elsewhere = agent_for_intent(whole.intent) not in {None, *(entry.agent for entry in previous)}
    return not (elsewhere and whole.confidence >= CHANGE_OF_SUBJECT)


def _route(
    whole: Classification,
    language: Language,
    delegations: list[Delegation],
    confidence: float,
    code: ReasonCode,
) -> Route:
    return Route(
        delegations=delegations,
        intent=agent(delegations[0].agent).intent or whole.intent if delegations else whole.intent,
        confidence=round(confidence, 4),
        scores=whole.scores,
        language=language,
        reason=because(code),
    )
