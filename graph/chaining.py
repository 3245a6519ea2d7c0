"""Turns a nested question into delegations that are asked in turn."""

import re
from collections.abc import Sequence

from graph.dependencies import agent_pointed_at, asks_whose_client
from graph.intents.classifier import Classification, IntentClassifier
from graph.nesting import chains
from narutalk.events import Delegation
from narutalk.registry import agent_for_intent

CLAUSE_CONFIDENT = 0.62
"""Below this a part of a message is no question of its own."""
OTHER_RECORDS = re.compile(
    r"\b(?:contracts?|transactions?|purchases|unpaid|overdue|receivables|attendance|manag\w+|contacts?|phone|address)\b"
    r"|계약|거래 ?내역|미수|미결제|연체|근태|담당|연락처|전화|주소",
    re.IGNORECASE,
)
"""What an agent looks up in a second step, when it finds whose it is in a first."""


def taken_apart(classifier: IntentClassifier, delegations: Sequence[Delegation]) -> list[Delegation]:
    """Put a chain in the place of each delegation whose task is a nested question."""
    found: list[Delegation] = []
    last: list[int] = []  # of each delegation, where the result stands that others need
    for delegation in delegations:
        after = [last[position] for position in delegation.after]
        chain = chain_of(classifier, delegation.task) if not after else []
        for entry in chain or [delegation.model_copy(update={"after": after})]:
            shift = len(found) - (entry.after[0] + 1) if chain and entry.after else 0
            found.append(entry.model_copy(update={"after": [position + shift for position in entry.after]}))
        last.append(len(found) - 1)
    return found


def chain_of(classifier: IntentClassifier, question: str) -> list[Delegation]:
    """Return what must be found first and what is asked of it, in turn; nothing for any other question."""
    for texts in chains(question):
        agents = [likeliest_agent(entry) for entry in classifier.classify(texts)]
        if pinned := agent_pointed_at(texts[-1], texts[-2], agents[-2][0]):
            agents[-1] = (pinned, max(confidence for _name, confidence in agents))
        (finder, _), *_, (asked, _) = agents
        if len(texts) > 2:
            agents[1] = (finder, agents[1][1])
        surest = min(confidence for _name, confidence in (agents[0], agents[-1]))
        other_records = OTHER_RECORDS.search(texts[-1]) or asks_whose_client(texts[-1])
        says_more = finder != asked or (len(texts) == 2 and other_records)
        if finder != "document" and surest >= CLAUSE_CONFIDENT and says_more:
            return [
                Delegation(
                    agent=name, task=text, confidence=round(confidence, 4), after=[step - 1] if step else []
                )
                for step, (text, (name, confidence)) in enumerate(zip(texts, agents, strict=True))
            ]
    return []


def likeliest_agent(classification: Classification) -> tuple[str, float]:
    """Return the agent a clause fits best, small talk left out of account."""
    scores = {agent_for_intent(intent): score for intent, score in classification.scores.items()}
    general = scores.pop(None, 0.0)
    best = max(scores, key=lambda name: scores[name])
    return str(best), scores[best] / max(1 - general, 1e-9)
