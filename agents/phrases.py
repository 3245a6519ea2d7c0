"""What an agent says of its own accord, in each language."""

from typing import Literal

from narutalk.languages import Language

Limit = Literal["tool_calls", "tokens"]

_LIMIT_REACHED: dict[Limit, dict[Language, str]] = {
    "tool_calls": {
        Language.EN: "I stopped here: the limit of {limit} tool calls for one question was reached. "
        "{found} A narrower question would help.",
        Language.KO: "질문 하나에 허용된 도구 호출 한도({limit}회)에 도달하여 여기서 멈췄습니다. "
        "{found} 질문을 더 좁혀 주시면 도움이 됩니다.",
    },
    "tokens": {
        Language.EN: "I stopped here: the limit of {limit:,} tokens for one question was reached. "
        "{found} A narrower question would help.",
        Language.KO: "질문 하나에 허용된 토큰 한도({limit:,}개)에 도달하여 여기서 멈췄습니다. "
        "{found} 질문을 더 좁혀 주시면 도움이 됩니다.",
    },
}
_FOUND = {
    Language.EN: "Above is what was found so far.",
    Language.KO: "위의 내용은 지금까지 찾은 결과입니다.",
}
_NOTHING_FOUND = {
    Language.EN: "Nothing was found till then.",
    Language.KO: "그때까지 찾은 내용이 없습니다.",
}


def limit_reached(reached: Limit, limit: int, language: Language, *, found: bool) -> str:
    """Return what is said when a limit stops an agent.

    Args:
        reached: Which one.
        limit: How much is allowed.
        language: Of the question.
        found: Whether what was found stands before it.
    """
    words = (_FOUND if found else _NOTHING_FOUND)[language]
    return _LIMIT_REACHED[reached][language].format(limit=limit, found=words)
