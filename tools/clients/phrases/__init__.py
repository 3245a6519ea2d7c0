"""Questions that each client tool answers, for the offline model to compare with."""

from collections.abc import Mapping, Sequence

from narutalk.languages import Language
from tools.clients.phrases import english, english_insights, korean, korean_insights

MODULES = {Language.EN: (english, english_insights), Language.KO: (korean, korean_insights)}


def phrases_of(tool: str) -> Mapping[Language, Sequence[str]]:
    """Return the questions that a tool answers, by language.

    Raises:
        StopIteration: No module has any.
    """
    name = tool.upper()
    return {
        language: next(getattr(module, name) for module in modules if hasattr(module, name))
        for language, modules in MODULES.items()
    }
