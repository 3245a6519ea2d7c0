"""What the offline model says of its own accord, in each language."""

import re

from narutalk.languages import Language

WHAT_IT_IS = {
    Language.EN: "I am NaruTalk's offline model: I look things up with tools and rules, without an LLM.",
    Language.KO: "저는 NaruTalk의 오프라인 모델입니다. 언어 모델 없이 도구와 규칙으로 찾아서 답합니다.",
}
UNSURE = {
    Language.EN: "I am not sure what you would like to know. Could you say it in other words?",
    Language.KO: "무엇을 알고 싶으신지 잘 모르겠습니다. 다른 말로 다시 질문해 주시겠어요?",
}
MISSING = {
    Language.EN: "I need one more thing to answer this: {argument}.",
    Language.KO: "답하려면 하나가 더 필요합니다: {argument}.",
}

_SMALL_TALK: tuple[tuple[re.Pattern[str], dict[Language, str]], ...] = (
    (
        re.compile(r"\b(?:thanks?|thank you|thx|cheers)\b|고마워|고맙|감사", re.IGNORECASE),
        {Language.EN: "You're welcome.", Language.KO: "도움이 되었다니 기쁩니다."},
    ),
    (
        re.compile(r"\b(?:bye|goodbye|see you|good night)\b|잘 ?가|안녕히|수고", re.IGNORECASE),
        {Language.EN: "Goodbye, and have a good day.", Language.KO: "안녕히 가세요. 좋은 하루 보내세요."},
    ),
    (
        re.compile(
            r"who are you|what are you|what can you do|\bhelp\b|누구|뭘 할 수|무엇을 할 수|도움말",
            re.IGNORECASE,
        ),
        WHAT_IT_IS,
    ),
    (
        re.compile(
            r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening))\b|안녕|반가|how are you|잘 지내",
            re.IGNORECASE,
        ),
        {Language.EN: "Hello! How can I help you?", Language.KO: "안녕하세요! 무엇을 도와드릴까요?"},
    ),
)


def small_talk(question: str, language: Language) -> str | None:
    """Return a reply to small talk, or None when the question is none."""
    for pattern, replies in _SMALL_TALK:
        if pattern.search(question):
            return replies[language]
    return None
