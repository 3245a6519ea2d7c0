"""After the person was asked back: which of the choices a message picks, and what is then asked."""

import pytest

from graph.choices import picked
from graph.references import LastTurn
from graph.routing import decide
from narutalk.events import Delegation
from tests.fakes.team import WordClassifier, build_team

CHOICES = ["client", "employee"]
UNCLEAR = "Q3 results"


@pytest.mark.parametrize(
    ("message", "agent"),
    [
        ("Clients", "client"),
        ("the clients, please", "client"),
        ("I meant employees.", "employee"),
        ("거래처요", "client"),
        ("직원 쪽이요", "employee"),
        ("the second", "employee"),
        ("첫 번째 거", "client"),
        ("the last one", "employee"),
        ("the third one", None),
        ("Documents", "document"),
        ("which clients bought most", None),
        ("거래처 매출", None),
    ],
)
def test_a_choice_is_picked_by_its_title_or_its_place(message: str, agent: str | None) -> None:
    assert picked(message, CHOICES) == (agent if agent in CHOICES else None)


def test_without_choices_nothing_is_picked() -> None:
    assert picked("Clients", []) is None


def test_the_unclear_question_goes_to_the_agent_that_was_picked() -> None:
    route = decide(WordClassifier(), "the second", (), LastTurn(UNCLEAR, "Which?"), CHOICES)
    assert route.delegations == [Delegation(agent="employee", task=UNCLEAR, confidence=1)]
    assert route.reason
    assert route.reason.code == "choice"


async def test_a_choice_is_picked_in_the_next_turn_and_not_later() -> None:
    team = build_team()
    asked_back = await team.ask(UNCLEAR)
    assert asked_back[-1]["agents"] == []

    await team.ask("Employees")
    assert [asked["task"] for asked in team.agents["employee"].asked] == [UNCLEAR]
    await team.ask("Clients")
    assert team.agents["client"].asked == []
