"""What the tools refuse, in both languages: they do not know the question's, so the message holds both."""

from collections.abc import Sequence

from narutalk.choices import Candidate, Choice, which_one
from narutalk.errors import TellTheModel
from narutalk.languages import Language
from tools.employees.records import Person
from tools.employees.wording import POSITIONS, particle

EN, KO = Language.EN, Language.KO


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
    """More than one person goes by the name: which one?"""
    choice = Choice.between(asked, [_candidate(person) for person in candidates])
    return which_one(
        choice,
        english=f"“{asked}” may be any of {choice.total} people. Which one do you mean?",
        korean=f"“{asked}”에 해당하는 직원이 {choice.total}명입니다. 누구를 말씀하시나요?",
        code="employee_ambiguous",
    )


def _candidate(person: Person) -> Candidate:
    rank = POSITIONS[person.position]
    return Candidate(
        id=person.id,
        names={EN: person.name_en, KO: person.name_ko},
        marks={
            EN: [rank[EN], person.department_en, person.region_en],
            KO: [rank[KO], person.department_ko, person.region_ko],
        },
    )
