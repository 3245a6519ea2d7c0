"""A name that several may mean: who is offered to choose from, with what tells them apart."""

from collections.abc import Sequence

from pydantic import BaseModel

from narutalk.errors import TellTheModel
from narutalk.languages import Language, detect_language

CHOICE_KEY = "choice"
"""Where an error's details, and a tool message's artifact, hold a `Choice`."""
SHOWN = 8
MAX_CANDIDATES = 40

EN, KO = Language.EN, Language.KO


class Candidate(BaseModel):
    """One that is meant, perhaps.

    Attributes:
        id: As the company writes it.
        names: By language.
        marks: What tells it from the others, by language: its department, its region.
    """

    id: str
    names: dict[Language, str]
    marks: dict[Language, list[str]]

    def named(self, language: Language) -> str:
        """Return the name with the id, which leaves no doubt."""
        name = self.names[language]
        return f"{name}({self.id})" if language is KO else f"{name} ({self.id})"

    def line(self, language: Language) -> str:
        """Return it as an entry of a list."""
        return f"- {self.named(language)} – {', '.join(self.marks[language])}"


class Choice(BaseModel):
    """What a person is asked to choose from.

    Attributes:
        asked: The name, as it was said.
        candidates: In the order in which they are shown, at most `MAX_CANDIDATES`; the first `SHOWN` are.
        total: How many there are in all.
    """

    asked: str
    candidates: list[Candidate]
    total: int

    @classmethod
    def between(cls, asked: str, candidates: Sequence[Candidate]) -> "Choice":
        """Return the choice between all candidates there are."""
        return cls(asked=asked, candidates=list(candidates[:MAX_CANDIDATES]), total=len(candidates))

    def listed(self, question: str, language: Language) -> str:
        """Return a question with the candidates below it."""
        lines = [candidate.line(language) for candidate in self.candidates[:SHOWN]]
        if left := self.total - len(lines):
            lines.append(f"\n… 외 {left}건" if language is KO else f"\n… and {left} more")
        return "\n".join([question, "", *lines])


def which_one(choice: Choice, *, english: str, korean: str, code: str) -> TellTheModel:
    """Return the error that asks a person to choose, in either language."""
    texts = {EN.value: choice.listed(english, EN), KO.value: choice.listed(korean, KO)}
    details = {**texts, CHOICE_KEY: choice.model_dump(mode="json")}
    return TellTheModel(texts[detect_language(choice.asked)], code=code, details=details)
