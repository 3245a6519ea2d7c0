"""What the gateway says in an answer of its own accord, in each language."""

from collections.abc import Mapping, Sequence
from typing import Literal

from narutalk.languages import Language
from narutalk.registry import agent

_WAITING = {
    Language.EN: "**{titles}**: waiting for an approval before going on.",
    Language.KO: "**{titles}**: 계속하려면 승인이 필요하여 기다리고 있습니다.",
}

_DECIDED = {
    "approve": {Language.EN: "Approved.", Language.KO: "승인합니다."},
    "edit": {Language.EN: "Approved with changes.", Language.KO: "수정하여 승인합니다."},
    "refuse": {Language.EN: "Refused.", Language.KO: "거절합니다."},
}


def decided(decision: Literal["approve", "edit", "refuse"]) -> Mapping[Language, str]:
    """Return what stands in the conversation for a person's decision."""
    return _DECIDED[decision]


def waits_for_approval(agents: Sequence[str], language: Language) -> str:
    """Return the sentence that says which agents wait for an approval."""
    titles = ", ".join(agent(name).titles[language] for name in agents)
    return _WAITING[language].format(titles=titles)
