"""What the tools refuse, in both languages: they do not know the question's, so the message holds both."""

from collections.abc import Sequence

from narutalk.errors import TellTheModel
from narutalk.languages import Language
from tools.employees.records import Person
from tools.employees.wording import POSITIONS, particle

MAX_CANDIDATES = 8


def refusal(english: str, korean: str, **details: object) -> TellTheModel:
    """Return an error whose message holds both languages; ``details`` has each alone, under "en" and "ko"."""
    return TellTheModel(
        f"{english}\n{korean}", details={Language.EN.value: english, Language.KO.value: korean, **details}
    )


def no_such_person(asked: str) -> TellTheModel:
    """Nobody goes by the name or id."""
    korean = particle(asked, "이라는", "라는")
    return refusal(
        f"There is no employee called “{asked}”.",
        f"“{asked}”{korean.removeprefix(asked)} 직원은 없습니다.",
        asked=asked,
        reason="no_such_person",
    )


def several_people(asked: str, candidates: Sequence[Person]) -> TellTheModel:
    """More than one person goes by the name; the message lists them."""
    shown = candidates[:MAX_CANDIDATES]
    english = "; ".join(
        f"{p.name_en} ({p.id}, {POSITIONS[p.position][Language.EN]}, {p.department_en}, {p.region_en})"
        for p in shown
    )
    korean = "; ".join(
        f"{p.name_ko}({p.id}, {POSITIONS[p.position][Language.KO]}, {p.department_ko}, {p.region_ko})"
        for p in shown
    )
    return refusal(
        f"“{asked}” may be any of {len(candidates)} people: {english}. Which one? The id is enough.",
        f"“{asked}”에 해당하는 직원이 {len(candidates)}명입니다: {korean}. 누구인지 사번으로 알려 주세요.",
        asked=asked,
        reason="several_people",
        candidates=[person.id for person in candidates],
    )
