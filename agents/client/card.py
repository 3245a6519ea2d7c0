"""The client agent's card."""

from agents.card import AgentCard
from narutalk.languages import Language

CARD = AgentCard(
    name="client",
    description={
        Language.EN: "Knows the clients, what they buy, their contracts, total sales and unpaid invoices.",
        Language.KO: "거래처와 거래 내역, 계약, 매출 합계, 미수금을 알려 드립니다.",
    },
    examples={
        Language.EN: (
            "Who looks after Hanbit Central Hospital?",
            "What were our sales by region in Q3 2026?",
            "Which contracts expire next month?",
            "Who are the top 5 clients in Busan this year?",
            "Which clients have overdue payments?",
        ),
        Language.KO: (
            "한빛중앙병원의 최근 거래 내역 보여줘",
            "2026년 3분기 지역별 매출은 얼마야?",
            "다음 달에 만료되는 계약 알려줘",
            "올해 가장 많이 팔린 제품은?",
            "부산 연체 금액은 얼마인가요?",
        ),
    },
)
