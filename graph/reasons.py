"""Why a routing decision was taken."""

from typing import Literal

from pydantic import BaseModel

RouteMethod = Literal["classifier", "llm"]
ReasonCode = Literal[
    "confident",
    "several",
    "dependent",
    "follow_up",
    "correction",
    "reference",
    "choice",
    "small_talk",
    "unclear",
    "llm",
    "recollection",
    "memory",
    "remembered",
]
_REASONS: dict[ReasonCode, str] = {
    "confident": "The classifier is sure of one agent.",
    "several": "The message holds parts for several agents, which work side by side.",
    "dependent": "A part needs the result of another, and comes after it.",
    "follow_up": "The message only makes sense after the last turn; it goes to the same agents.",
    "correction": "The message corrects the last question, which is asked again so.",
    "reference": "The message points at the last turn, of which the agent is told what it needs.",
    "choice": "The person was asked back, and picked one of the choices.",
    "small_talk": "The message is small talk; no agent is needed.",
    "unclear": "Nothing is sure enough; the person is asked back.",
    "llm": "The classifier was unsure, and the language model decided.",
    "recollection": "The message asks about the conversation itself, which is quoted.",
    "memory": "The message asks something of the memory, which is done at once.",
    "remembered": 'What the person had asked to remember stands in the place of words such as "my region".',
}


class Reason(BaseModel):
    """Why a decision was taken: a stable code, and a sentence for people."""

    code: ReasonCode
    text: str


def because(code: ReasonCode) -> Reason:
    """Return the reason of a code."""
    return Reason(code=code, text=_REASONS[code])
