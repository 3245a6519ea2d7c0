"""What the turns ask, and how many agents work on each question."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question.

    Attributes:
        text: In the person's words.
        agents: Who must work on it, and nobody else.
    """

    text: str
    agents: frozenset[str]

    @property
    def group(self) -> str:
        """What it counts for: ``1 agent``, ``2 agents`` or ``3 agents``."""
        count = len(self.agents)
        return f"{count} agent" if count == 1 else f"{count} agents"


ONE_AGENT = "1 agent"

QUESTIONS = tuple(
    Question(text, frozenset(agents.split()))
    for text, agents in (
        ("At what temperature is Insunova stored?", "document"),
        ("청바지는 무슨 요일에 입을 수 있나요?", "document"),
        ("Who were the top 5 salespeople last quarter?", "employee"),
        ("김민수 10월 매출은 얼마야?", "employee"),
        ("How much did Hanbit Central Hospital buy in 2025?", "client"),
        ("작년 매출 상위 거래처 3곳 알려주세요", "client"),
        (
            "What is the overtime limit per week and how many employees are in the Logistics department?",
            "document employee",
        ),
        ("미사용 연차는 며칠까지 이월되고 영업부 인원은 몇 명이야?", "document employee"),
        (
            "How long must my password be, who was the top salesperson in October 2026, "
            "and what was the total revenue from clients in October 2026?",
            "document employee client",
        ),
        (
            "연차는 며칠이고, 지난 분기 최고 영업사원은 누구고, 올해 부산 상위 거래처 3곳은 어디야?",
            "document employee client",
        ),
    )
)
