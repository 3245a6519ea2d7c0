"""Questions that the empty page offers: ones that the sample company's people really ask."""

from typing import NamedTuple

from narutalk.languages import Language


class Example(NamedTuple):
    """A question, and the agent whose field it is (the icon beside it)."""

    agent: str
    question: str


EXAMPLES: dict[Language, tuple[Example, ...]] = {
    Language.EN: (
        Example("document", "What does the travel policy say about hotel costs?"),
        Example("employee", "Who were the top 5 sales performers last quarter?"),
        Example("client", "Which clients bought the most last year?"),
        Example("document", "How must vaccines be stored and shipped?"),
    ),
    Language.KO: (
        Example("document", "연차 휴가는 어떻게 신청하나요?"),
        Example("employee", "지난 분기 실적이 가장 좋은 직원 5명은 누구인가요?"),
        Example("client", "작년에 거래 금액이 가장 큰 거래처는 어디인가요?"),
        Example("document", "백신은 어떻게 보관하고 운송해야 하나요?"),
    ),
}
