"""What the supervisor says of what it remembers, in each language."""

from collections.abc import Sequence
from typing import Literal

from narutalk.languages import Language

SHOWN = 20
SHOWN_CHARS = 200

Phrase = Literal[
    "remembered",
    "secret",
    "full",
    "what",
    "forgotten",
    "forgot_all",
    "nothing",
    "list",
    "none",
    "recalled",
    "more",
]
_PHRASES: dict[Phrase, dict[Language, str]] = {
    "remembered": {Language.EN: "I will remember: {entries}", Language.KO: "기억하겠습니다: {entries}"},
    "secret": {
        Language.EN: "This looks like a password, a key, or a card or resident registration number."
        " I keep no secrets, so I did not remember it.",
        Language.KO: "비밀번호나 키, 카드 번호 또는 주민등록번호로 보입니다."
        " 비밀 정보는 보관하지 않으므로 기억하지 않았습니다.",
    },
    "full": {
        Language.EN: "I remember {entries} things already, which is as many as I can."
        " Have me forget something first.",
        Language.KO: "이미 기억할 수 있는 만큼({entries}개) 기억하고 있습니다. 먼저 잊을 것을 알려 주세요.",
    },
    "what": {
        Language.EN: 'What should I remember? Say for example: "Remember that I work in the Busan branch."',
        Language.KO: "무엇을 기억할까요? 예를 들어 “내가 부산 지점에서 일한다는 것을 기억해 줘”라고"
        " 말씀해 주세요.",
    },
    "forgotten": {Language.EN: "I have forgotten: {entries}", Language.KO: "잊었습니다: {entries}"},
    "forgot_all": {
        Language.EN: "I have forgotten all that I remembered about you ({entries}).",
        Language.KO: "기억하던 것을 모두 잊었습니다({entries}개).",
    },
    "nothing": {
        Language.EN: "I remember nothing that this could mean, so there is nothing to forget.",
        Language.KO: "그에 해당하는 기억이 없어 잊을 것이 없습니다.",
    },
    "list": {
        Language.EN: "This is what I remember: {entries}",
        Language.KO: "기억하고 있는 것입니다: {entries}",
    },
    "none": {
        Language.EN: "I remember nothing about you.",
        Language.KO: "기억하고 있는 것이 없습니다.",
    },
    "recalled": {
        Language.EN: "You asked me to remember: {entries}",
        Language.KO: "기억해 달라고 하신 내용입니다: {entries}",
    },
    "more": {Language.EN: "and {entries} more", Language.KO: "외 {entries}개"},
}


def say(phrase: Phrase, language: Language, entries: Sequence[str] | int = ()) -> str:
    """Return a phrase with a number, or with texts: one in the same line, several as a list."""
    told = str(entries) if isinstance(entries, int) else _listed(entries, language)
    return _PHRASES[phrase][language].format(entries=told)


def _listed(texts: Sequence[str], language: Language) -> str:
    shown = [_line(text) for text in texts[:SHOWN]]
    if len(texts) == 1:
        return f"“{shown[0]}”"
    if len(texts) > SHOWN:
        shown.append(say("more", language, len(texts) - SHOWN))
    return "\n\n" + "\n".join(f"- {text}" for text in shown)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1].rstrip()}…"
