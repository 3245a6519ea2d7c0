"""What questions of a language have in common, whatever they ask about.

Embeddings of questions in one language lie together, and some passages of another language lie close to that
place: they come up for everything. Searches in other languages than the question's therefore look from the
question less the mean of these. Any everyday questions will do: measured on Debian's manuals (docs/adr/0004),
the mean of another manual's questions served as well as that of its own.
"""

from narutalk.languages import Language

USUAL_QUESTIONS = {
    Language.EN: [
        "How do I change my password?",
        "What is the deadline for the report?",
        "Who is responsible for this?",
        "Where can I find the form?",
        "How long does delivery take?",
        "What are the requirements?",
        "Can I return a product?",
        "Which settings are available?",
        "Installation and first steps",
        "Overview of the procedure",
        "Contact and support",
        "Rules for business trips",
        "How is the price calculated?",
        "When does the contract end?",
        "What happens if something fails?",
        "Share a file with a colleague",
        "Prepare the meeting room",
        "Known problems and their solutions",
        "The printer does not work.",
        "This section explains how to add a user.",
    ],
    Language.KO: [
        "비밀번호는 어떻게 바꾸나요?",
        "보고서 마감일은 언제인가요?",
        "담당자가 누구인가요?",
        "양식은 어디에서 찾을 수 있나요?",
        "배송은 얼마나 걸리나요?",
        "필요한 조건은 무엇인가요?",
        "제품을 반품할 수 있나요?",
        "어떤 설정이 있나요?",
        "설치와 첫 단계",
        "절차 개요",
        "문의 및 지원",
        "출장 규정",
        "가격은 어떻게 계산하나요?",
        "계약은 언제 끝나나요?",
        "문제가 생기면 어떻게 하나요?",
        "동료와 파일 공유하기",
        "회의실 준비",
        "알려진 문제와 해결 방법",
        "프린터가 작동하지 않습니다.",
        "이 절에서는 사용자를 추가하는 방법을 설명합니다.",
    ],
}
