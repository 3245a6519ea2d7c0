"""What the gateway says in an answer of its own accord, in each language."""

from collections.abc import Sequence

from narutalk.languages import Language
from narutalk.registry import agent

_WAITING = {
    Language.EN: "**{titles}**: waiting for an approval before going on.",
    Language.KO: "**{titles}**: 계속하려면 승인이 필요하여 기다리고 있습니다.",
}


def waits_for_approval(agents: Sequence[str], language: Language) -> str:
    """Return the sentence that says which agents wait for an approval."""
    titles = ", ".join(agent(name).titles[language] for name in agents)
    return _WAITING[language].format(titles=titles)
