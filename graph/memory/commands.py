"""What a message asks of the memory: to remember, to forget, or to say what is remembered. Pure functions.

Only plain sentences count. A question ("do you remember the contract with Hanbit?") asks nothing of it.
"""

import re
from typing import Literal

from pydantic import BaseModel

from graph.memory import wording
from graph.memory.preferences import PreferenceName, preference_in

MAX_CHARS = 2_000
"""A longer message is no plain sentence, and the patterns are not tried on it."""
MAX_SAID = 5
"""How many sentences of a message are remembered one by one."""

Action = Literal["remember", "forget", "list"]


class Said(BaseModel):
    """One thing to remember, as it was said.

    Attributes:
        text: In the person's words; empty when the message does not say what.
        name: Of the preference it is, if it is one.
        value: Of the preference.
    """

    text: str
    name: PreferenceName | None = None
    value: str | None = None


class Command(BaseModel):
    """What a message asks of the memory.

    Attributes:
        action: What is to be done.
        said: What is to be remembered.
        about: In whose words the memories are meant that are forgotten or listed; empty for others.
        name: Of the preference that is meant, if it is one.
        everything: Whether all memories are meant.
        latest: Whether what was remembered just now is meant.
        firm: Whether the memory is certainly meant; what is not firm counts when something fits it.
        rest: The message's other sentences: a question that is answered as any other.
    """

    action: Action
    said: list[Said] = []
    about: str = ""
    name: PreferenceName | None = None
    everything: bool = False
    latest: bool = False
    firm: bool = True
    rest: str = ""


def command_in(message: str) -> Command | None:
    """Return what a message asks of the memory; None for any other message."""
    if len(message) > MAX_CHARS:
        return None
    text = " ".join(message.split())
    return _forgets(text) or _lists(text) or _remembers(message.strip())


def _forgets(text: str) -> Command | None:
    if wording.FORGET_THAT.match(text):
        return Command(action="forget", latest=True)
    if wording.FORGET_IT.match(text):
        return Command(action="forget", latest=True, firm=False)
    if wording.FORGET_ALL.match(text):
        return Command(action="forget", everything=True)
    if match := wording.FORGET_OWN.match(text):
        return Command(action="forget", name=_own(match))
    if match := wording.FORGET_ABOUT.match(text):
        return Command(
            action="forget",
            about=match["about"] or match["about_ko"],
            firm=bool(match["firm"] or match["about_ko"]),
        )
    return None


def _lists(text: str) -> Command | None:
    if wording.LIST.match(text):
        return Command(action="list", everything=True)
    if match := wording.LIST_OWN.match(text):
        return Command(action="list", name=_own(match), firm=False)
    if match := wording.LIST_ABOUT.match(text):
        return Command(action="list", about=match["about"] or match["about_ko"], firm=False)
    return None


def _own(match: re.Match[str]) -> PreferenceName:
    return wording.OWN[(match["own"] or match["own_ko"]).lower()]


def _remembers(message: str) -> Command | None:
    """Find what is to be remembered, sentence by sentence.

    What follows "remember that" goes on to the message's end, or to a question or a request.
    """
    said: list[Said] = []
    rest: list[str] = []
    asked_to = False
    for sentence in _sentences(message):
        text = _asked_to_remember(sentence)
        preference = preference_in(sentence)
        if text is not None:
            if not text and rest and not wording.REQUEST.search(rest[-1]):
                text = rest.pop()  # "The limit is 40. Remember that."
            if text or not said:
                said.append(_said(text))
            asked_to = True
        elif preference:
            said.append(Said(text=sentence, name=preference.name, value=preference.value))
        elif asked_to and not rest and not wording.REQUEST.search(sentence):
            said[-1] = _said(f"{said[-1].text} {sentence}".strip())
        else:
            rest.append(sentence)
    if not said or len(said) > MAX_SAID:
        return None
    return Command(action="remember", said=said, rest=" ".join(rest))


def _said(text: str) -> Said:
    preference = preference_in(text) or preference_in(f"{text}이다")  # "내 지역은 부산이라고 …"
    if preference is None:
        return Said(text=text)
    return Said(text=text, name=preference.name, value=preference.value)


def _asked_to_remember(sentence: str) -> str | None:
    """Return what a sentence asks to remember, empty when it does not say; None when it asks for nothing."""
    if wording.ADDRESS.match(sentence):
        return sentence
    if match := wording.REMEMBER_KO.match(sentence):
        text = (match["after"] or match["before"] or "").strip()
        text = wording.PARTICLE_KO.sub("", wording.TAIL_KO.sub("", text).strip())
        return "" if wording.POINTS_KO.match(text) else text
    match = wording.REMEMBER.match(sentence)
    if match is None:
        return None
    group = str(match.lastgroup)
    text = match[group].strip(" :,\"'“”")
    if wording.POINTS.match(text.rstrip(".!?")):
        return ""
    says_that = bool(re.search(r"(?:that|:)\s*$", sentence[: match.start(group)], re.IGNORECASE))
    if not says_that and (sentence.rstrip().endswith("?") or wording.ASKS_BACK.match(text)):
        return None
    return text.rstrip("?") if says_that else text


def _sentences(message: str) -> list[str]:
    """Return a message's sentences, each with the sign at its end."""
    found: list[str] = []
    start = 0
    for end in wording.SENTENCE_END.finditer(message):
        found.append(message[start : end.end()].strip())
        start = end.end()
    return [sentence for sentence in [*found, message[start:].strip()] if sentence]
