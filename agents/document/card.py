"""The document agent's card."""

from agents.card import AgentCard
from narutalk.languages import Language

CARD = AgentCard(
    name="document",
    description={
        Language.EN: "Answers from the company's policies, procedures, product sheets and compliance rules.",
        Language.KO: "회사의 규정, 절차, 제품 설명서, 준법 문서에서 답을 찾습니다.",
    },
    examples={
        Language.EN: (
            "How many days of annual leave do I get?",
            "At what temperature is Insunova stored?",
            "Who approves a discount of 12 percent?",
        ),
        Language.KO: (
            "연차는 며칠인가요?",
            "콜드체인 온도 이탈이 생기면 어떻게 해야 하나요?",
            "출장비 한도를 알려줘",
        ),
    },
)
