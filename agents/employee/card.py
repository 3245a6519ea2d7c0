"""The employee agent's card."""

from agents.card import AgentCard
from narutalk.languages import Language

CARD = AgentCard(
    name="employee",
    description={
        Language.EN: "Knows who works here, their sales and targets, headcounts, attendance and reviews.",
        Language.KO: "직원 정보와 매출 실적, 목표, 인원, 근태, 평가를 알려 드립니다.",
    },
    examples={
        Language.EN: (
            "How much did Kim Minsu sell last quarter?",
            "Who are the top 5 salespeople in Busan this year?",
            "How many people work in Logistics?",
            "Which region had the best target attainment in Q3 2026?",
        ),
        Language.KO: (
            "김민수 과장의 지난 분기 매출은 얼마인가요?",
            "올해 부산 매출 상위 5명은 누구야?",
            "물류부 직원은 몇 명인가요?",
            "2026년 3분기 지역별 목표 달성률을 비교해줘",
        ),
    },
)
