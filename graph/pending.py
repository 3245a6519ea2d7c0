"""What an answer asked a person to choose from, as its message keeps it for the turn after it."""

import re

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from narutalk.choices import Candidate, Choice
from narutalk.languages import detect_language

PENDING = "pending_choice"
"""In an answer's `response_metadata`."""


class PendingChoice(BaseModel):
    """A choice that a person has not made yet.

    Attributes:
        question: What was asked, and will be once the choice is made.
        choice: Between whom.
    """

    question: str
    choice: Choice

    def with_choice(self, candidate: Candidate) -> str:
        """Return the question with the candidate's name and id where the name that several bear stood."""
        name = candidate.named(detect_language(self.choice.asked))
        stood = re.compile(re.escape(self.choice.asked), re.IGNORECASE)
        if not stood.search(self.question):
            return f"{self.question.rstrip()} {name}"
        return stood.sub(lambda _: name, self.question, count=1)


def pending_choice(message: BaseMessage) -> PendingChoice | None:
    """Return what an answer asked to choose from; None for any other."""
    found = message.response_metadata.get(PENDING)
    return PendingChoice.model_validate(found) if found else None
