"""What the supervisor says of its own accord, in each language."""

from collections.abc import Sequence

from narutalk.events import AgentStatus
from narutalk.languages import Language
from narutalk.registry import AGENTS, agent

_UNCLEAR = {
    Language.EN: "I am not sure what you would like to know. You can ask me about:",
    Language.KO: "무엇을 알고 싶으신지 잘 모르겠습니다. 다음에 대해 질문하실 수 있습니다:",
}
_CAN_HELP = {
    Language.EN: "You can ask me about:",
    Language.KO: "다음에 대해 질문하실 수 있습니다:",
}
_MISSING = {
    "timeout": {
        Language.EN: "**{title}** is missing from this answer: the service did not answer in time.",
        Language.KO: "이 답변에 **{title}** 부분이 빠져 있습니다: 서비스가 제시간에 응답하지 않았습니다.",
    },
    "unavailable": {
        Language.EN: "**{title}** is missing from this answer: the service cannot be reached right now.",
        Language.KO: "이 답변에 **{title}** 부분이 빠져 있습니다: 지금 서비스에 연결할 수 없습니다.",
    },
    "error": {
        Language.EN: "**{title}** is missing from this answer: the service ran into an error.",
        Language.KO: "이 답변에 **{title}** 부분이 빠져 있습니다: 서비스에서 오류가 발생했습니다.",
    },
    "cancelled": {
        Language.EN: "**{title}** was not asked for this part: the result it needs is missing.",
        Language.KO: "**{title}**에는 이 부분을 묻지 않았습니다: 필요한 앞의 결과가 없습니다.",
    },
}


def topics(language: Language, names: Sequence[str] = ()) -> str:
    """Return what can be asked about, as a Markdown list: of all agents, or of those named."""
    entries = [agent(name) for name in names] or AGENTS
    return "\n".join(f"- **{entry.titles[language]}**: {entry.topics[language]}" for entry in entries)


def ask_back(language: Language, choices: Sequence[str] = ()) -> str:
    """Return the question for an unclear message, with the likeliest choices."""
    return f"{_UNCLEAR[language]}\n\n{topics(language, choices)}"


def offer(language: Language) -> str:
    """Return what small talk ends with: what can be asked about."""
    return f"{_CAN_HELP[language]}\n\n{topics(language)}"


def missing(name: str, status: AgentStatus, language: Language) -> str:
    """Return the sentence that says plainly which part is missing, and why."""
    reason = _MISSING.get(status, _MISSING["error"])
    return reason[language].format(title=agent(name).titles[language])


def heading(name: str, language: Language) -> str:
    """Return the heading of one agent's part of a combined answer."""
    return f"### {agent(name).titles[language]}"
