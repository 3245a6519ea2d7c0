"""What a turn knows of the person: recalled when it begins, and applied to its question and its answer."""

import re

from pydantic import BaseModel

from graph.memory.commands import Command
from graph.memory.phrases import say
from graph.memory.preferences import PreferenceName
from graph.reasons import Reason, because
from graph.routing import Route
from narutalk.languages import Language, detect_language
from narutalk.quoting import bounded

TOLD_CHARS = 300
"""How much of a memory goes into an answer or to a model."""

_OWN: dict[PreferenceName, re.Pattern[str]] = {
    "region": re.compile(
        r"\b(?:my|our) (?:own |home |sales )?(?:region|branch|area|office)(?!\w)"
        r"|(?<![가-힣])(?:내|나의|제|저의|우리|저희) ?(?:담당 ?|근무 ?)?(?:지역|지점|지사|권역)(?!장)",
        re.IGNORECASE,
    ),
    "team": re.compile(
        r"\b(?:my|our) (?:own )?(?:team|department|division)(?!\w| (?:leader|lead|manager|head))"
        r"|(?<![가-힣])(?:내|나의|제|저의|우리|저희) ?(?:소속 ?)?(?:팀|부서)(?![장원])",
        re.IGNORECASE,
    ),
}
_WISHES = {
    "short": "Keep the answer short.",
    "table": "Use tables where the answer has several rows.",
    "bullets": "Answer in bullet points.",
}
_LANGUAGES = {Language.EN: "Answer in English.", Language.KO: "Answer in Korean."}


class Recalled(BaseModel):
    """What is known of the person in this turn.

    Attributes:
        command: What the message asks of the memory; None for all others.
        keys: The ids of the memories that the command means.
        preferences: Their values, by their names.
        relevant: The notes that fit the question, best first.
        notice: What the answer begins with, where the message asked for something to be remembered, too.
    """

    command: Command | None = None
    keys: list[str] = []
    preferences: dict[PreferenceName, str] = {}
    relevant: list[str] = []
    notice: str = ""

    def language(self, question: str) -> Language:
        """Return the language the answer is in: the preferred one, else the question's."""
        return self.preferred_language() or detect_language(question)

    def preferred_language(self) -> Language | None:
        """Return the language the person prefers, if any."""
        preferred = self.preferences.get("language", "")
        return Language(preferred) if preferred in {*Language} else None

    def question(self, text: str) -> str:
        """Return the question of a message, with the person's own region in the place of "my region"."""
        asked = self.command.rest if self.command and self.command.rest else text
        for name, words in _OWN.items():
            if value := self.preferences.get(name):
                asked = value.join(words.split(asked))  # the value is no pattern
        return asked

    def applied(self, route: Route, text: str) -> Route:
        """Return a decision in the answer's language, which says what was remembered for it."""
        update: dict[str, object] = {"language": self.language(text)}
        asked = self.command.rest if self.command and self.command.rest else text
        if self.question(text) != asked and route.reason:
            remembered = f"{route.reason.text} {because('memory').text}"
            update["reason"] = Reason(code=route.reason.code, text=remembered)
        return route.model_copy(update=update)

    def wishes(self) -> str:
        """Return how the answer is to be written, for a model that reads it; empty without preferences."""
        language, form = self.preferred_language(), self.preferences.get("format", "")
        return " ".join(
            wish for wish in (_LANGUAGES[language] if language else "", _WISHES.get(form, "")) if wish
        )

    def told(self) -> str:
        """Return what is known of the person, as data for a model; bounded, and empty when it is nothing."""
        own = [f"My {name}: {value}" for name, value in self.preferences.items() if name in _OWN]
        return "\n".join(bounded(text, TOLD_CHARS) for text in [*own, *self.relevant])

    def quoted(self, language: Language) -> str:
        """Return the notes that fit, as an answer without a model quotes them; empty when there are none."""
        return say("recalled", language, self.relevant) if self.relevant else ""
