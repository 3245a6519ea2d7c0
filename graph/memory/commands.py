"""What a message asks of the memory: to remember, to forget, or to say what is remembered. Pure functions.

Only plain sentences count. A question ("do you remember the contract with Hanbit?") asks nothing of it.
"""

import re
from typing import Literal

from pydantic import BaseModel

from graph.memory.preferences import PreferenceName, preference_in

MAX_SAID = 5
"""How many sentences of a message are remembered one by one."""

_ENDING = r"[\s.!~]*$"
_POLITE = r"\W*(?:(?:ok(?:ay)?|hey|hi|well|and|please|narutalk)\W+)*"
_REMEMBER_EN = re.compile(
    rf"^{_POLITE}(?:(?:(?:can|could|will|would) you(?: please)?|i(?:['’]d| would) like you to|i want you to) "
    r"(?:remember|keep in mind|note|memori[sz]e)(?: that\b|:)"
    r"|(?:always |also )?(?:remember|keep in mind|bear in mind|memori[sz]e|do(?: not|n['’]t) forget)"
    r"(?: (?:for (?:me|later|next time|the future)))?(?:,? that\b|[:,]|\b)"
    r"|(?:(?:please )?note that\b))\s*(?P<text>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_BACK = re.compile(r"^(?:what|when|where|who|whom|why|which|how|if|whether|me|us)\b", re.IGNORECASE)
_POINTS_EN = re.compile(r"^(?:this|that|it|the above)?$", re.IGNORECASE)
_KEEP_KO = (
    r"(?:꼭 ?|잘 ?|좀 ?)*(?:기억 ?(?:좀 ?)?(?:해|하고 ?있어) ?(?:줘요?|주세요|주십시오|주시기 바랍니다|주라|줄래요?"
    r"|줄 수 있어요?|주실래요|둬요?|두세요|놔요?|놓으세요)"
    r"|외워 ?(?:줘요?|주세요|둬요?|두세요)|명심해(?: ?(?:줘|주세요|둬|두세요))?|잊지 ?(?:마요?|마세요|말아 ?줘요?|말아 ?주세요))"
)
_REMEMBER_KO = re.compile(
    rf"^\W*(?:{_KEEP_KO}\s*[:,.]\s*(?P<after>.+)|(?P<before>.*?)[,.]?\s*{_KEEP_KO}[\s.!~?]*)$", re.DOTALL
)
_HANDLE_KO = re.compile(
    r"(?:이?라(?:고|는)(?: ?(?:것|거|걸|점|사실))?|(?<=다)(?:고|는 ?(?:것|거|걸|점|사실)))"
    r"(?:은|는|을|를|도)?$"
)
_PARTICLE_KO = re.compile(r"(?<=[가-힣])(?:을|를|은|는)$")
_POINTS_KO = re.compile(r"^(?:이거|이것|그거|그것|이걸|그걸|이건|그건|이|그)?$")
_ADDRESS = re.compile(
    r"^\W*(?:from now on|in (?:the )?future|going forward|always),? (?:please )?(?:call|address) me (?!back|at|on|when|if)\S.*$"
    r"|^\W*(?:앞으로|이제부터|항상)(?:는|은)?\s*(?:나를|저를|날|절|나|저)\s.*(?:라고|으로|로) ?(?:불러|부르)\s*(?:줘요?|주세요|면 돼요?|세요)?"
    + _ENDING,
    re.IGNORECASE,
)

_FORGET_THAT = re.compile(
    rf"^{_POLITE}(?:never ?mind,? )?forget (?:about )?(?:that|this|what i (?:just |have just )?(?:said|told you)|the last (?:one|thing))"
    rf"(?: again| please|,? please)?{_ENDING}"
    r"|^\W*(?:아니[,.]?\s*)?(?:그건|그거|그걸|그것(?:은|을)?|이건|이거|이걸|이것(?:은|을)?|방금 (?:것|거|건|말한 (?:것|거|건)|한 말)(?:은|을|를)?)"
    rf" ?(?:그냥 |이제 |다시 )?(?:잊어|기억하지 ?(?:마|말아)) ?(?:버려 ?)?(?:줘요?|주세요|주십시오|줄래요?|라|요|세요)?{_ENDING}",
    re.IGNORECASE,
)
_FORGET_IT = re.compile(
    rf"^{_POLITE}(?:never ?mind,? )?forget (?:about )?it{_ENDING}"
    rf"|^\W*(?:그냥 |다 )?잊어 ?(?:버려 ?)?(?:줘요?|주세요|라|요)?{_ENDING}",
    re.IGNORECASE,
)
"""Mostly said of a question that matters no more: it is meant for the memory right after remembering only."""
_FORGET_ALL = re.compile(
    rf"^{_POLITE}(?:forget (?:everything|all)(?: of it| of that)?(?: (?:that )?you (?:know|remember|have (?:stored|saved))"
    r"(?: about me)?| about me| i (?:have )?(?:told|asked) you.*)?"
    r"|(?:delete|clear|erase|wipe|remove) (?:all |everything )?(?:of )?(?:my|your|the) (?:memor(?:y|ies)|notes about me)(?: (?:of|about) me)?"
    rf"|(?:delete|erase) everything you (?:know|remember) about me)(?:,? please)?{_ENDING}"
    r"|^\W*(?:(?:나|저|내|제)(?:에 ?대(?:해서?|한)) )?(?:기억(?:하는|한|하고 있는)? ?(?:것|거|걸|내용)?(?:은|을|를)? ?)?"
    r"(?:전부|모두|모든 ?(?:것|거|걸|기억)(?:을)?|다|싹)(?: ?다)? ?(?:잊어|(?<=기억 )(?:지워|삭제해)|(?<=기억을 )(?:지워|삭제해)) ?(?:버려 ?)?(?:줘요?|주세요|주십시오|라)?"
    + _ENDING
    + r"|^\W*(?:(?:내|나의|제|나에 대한|저에 대한) )?기억(?:한 것|하는 것|하고 있는 것)?(?:을|를|은)? ?(?:전부|모두|다|싹) ?(?:잊어|지워|삭제해|없애) ?(?:버려 ?)?(?:줘요?|주세요|라)?"
    + _ENDING,
    re.IGNORECASE,
)
_OWN_EN = r"(?:my|our) (?:preferred |preference for (?:the )?|own )?(?P<own>region|branch|area|office|team|department|division|language|format|answer format)"
_OWN_KO = r"(?:내|나의|제|저의|우리|저희) ?(?:담당 ?|선호 ?|답변 ?)?(?P<own_ko>지역|지점|지사|권역|팀|부서|언어|형식)"
_FORGET_OWN = re.compile(
    rf"^{_POLITE}(?:forget|delete|remove) (?:about |what you know about )?{_OWN_EN}(?: from (?:your|my) memory)?(?: again| please)?{_ENDING}"
    rf"|^\W*{_OWN_KO}(?:은|는|을|를)? ?(?:이제 |그만 )?(?:잊어|기억에서 (?:지워|삭제해)) ?(?:버려 ?)?(?:줘요?|주세요|라)?{_ENDING}",
    re.IGNORECASE,
)
_FORGET_ABOUT = re.compile(
    rf"^{_POLITE}(?:forget (?P<firm>(?:everything|all|anything)(?: (?:that )?(?:you know|i (?:have )?(?:told|said)(?: (?:to )?you)?))? about"
    r"|what (?:you know|i (?:have )?(?:told you|said)|you remember) about|the (?:note|memory|memories|thing)s? about|that\b)"
    r"|forget about|(?:delete|remove|erase) (?:the |my |your )?(?:memory|memories|what you remember)s? (?:of|about))"
    rf" (?P<about>[^,;?]+?)(?: again|,? please)?{_ENDING}"
    r"|^\W*(?P<about_ko>[^,?]+?)(?:에 ?대(?:해서는?|해|한)|에 관(?:해서?|한)|라(?:는|고 한)|다(?:는|고 한)) ?(?:모든 |내 )?(?:것|거|건|걸|기억|내용|말)?(?:은|는|을|를)? ?"
    rf"(?:전부 ?|모두 ?|다 ?)*(?:잊어|기억에서 (?:지워|삭제해)|(?<=기억 )(?:지워|삭제해)|(?<=기억을 )(?:지워|삭제해)) ?(?:버려 ?)?(?:줘요?|주세요|주십시오|라)?{_ENDING}",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"^\W*(?:so |and |please )*(?:what (?:else )?(?:do|can|did) you (?:still )?(?:remember|know)(?: about me)?"
    r"|what have you (?:remembered|saved|stored|memori[sz]ed)(?: about me| for me)?"
    r"|what (?:did|have) i (?:ask|asked|tell|told) you to (?:remember|keep in mind)"
    r"|(?:please )?(?:show|list|tell|give)(?: me)? (?:all )?(?:of )?(?:my memories|your memor(?:y|ies)(?: (?:of|about) me)?"
    r"|(?:everything |all )?(?:that |what )?you (?:remember|know)(?: about me)?))(?: so far)?[\s.!?~]*$"
    r"|^\W*(?:(?:나|저|내|제)(?:에 ?대해(?:서)?|에 관해(?:서)?)? ?)?(?:(?:뭘|뭐를?|무엇을|무얼|어떤 (?:것|걸|거)을?) ?(?:기억(?:해요?|하니|하고 ?있(?:어요?|나요|니|습니까)|하나요|합니까))"
    r"|기억(?:하는|하고 ?있는|한) ?(?:것|거|걸|게|내용)(?:을|이|은)? ?(?:다|모두|전부)? ?(?:뭐|뭔지|무엇|보여|알려|말해|목록)\S*(?: ?(?:줘|주세요|야|인가요|있어))?"
    r"|기억 ?(?:목록|내용)(?:을|를)? ?(?:좀 )?(?:보여|알려)\S*(?: ?(?:줘|주세요))?)[\s.!?~]*$"
    r"|^\W*(?:나|저)에 ?대해(?:서)? (?:뭘|무엇을|뭐를?) ?(?:알고 ?있|아)\S*[\s.!?~]*$"
    r"|^\W*(?:내|제)가 (?:뭘|무엇을|뭐를?) 기억(?:하라고|해 ?달라고)\S*[\s.!?~]*$",
    re.IGNORECASE,
)
_LIST_ABOUT = re.compile(
    r"^\W*what (?:do you|did i ask you to) (?:remember|keep in mind) (?:about|of|on) (?P<about>[^?]{2,80}?)[\s.!?]*$"
    r"|^\W*(?P<about_ko>[^?]{2,60}?)에 ?대(?:해서?|한) (?:(?:뭘|무엇을|뭐) ?기억(?:하고 ?있|해|하)\S*"
    r"|기억(?:하는|하고 ?있는|한) ?(?:것|거|걸|내용)\S* ?(?:보여|알려|말해)\S*(?: ?(?:줘|주세요))?)[\s.!?~]*$",
    re.IGNORECASE,
)
_LIST_OWN = re.compile(
    rf"^\W*(?:what(?:['’]s| is)|which(?: one)? is|do you (?:know|remember)) {_OWN_EN}[\s.!?]*$"
    rf"|^\W*{_OWN_KO}(?:은|는|이|가)? ?(?:어디|뭐|무엇|어느)\S*[\s.!?~]*$",
    re.IGNORECASE,
)
_OWN: dict[str, PreferenceName] = {
    **dict.fromkeys(("region", "branch", "area", "office", "지역", "지점", "지사", "권역"), "region"),
    **dict.fromkeys(("team", "department", "division", "팀", "부서"), "team"),
    **dict.fromkeys(("language", "언어"), "language"),
    **dict.fromkeys(("format", "answer format", "형식"), "format"),
}

_SENTENCE_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bNo)(?<!\b[A-Z])[.!?。]+\s+|\n+"
)
_REQUEST = re.compile(
    r"\?\W*$|^\W*(?:(?:now|then|also|and|so),? )?(?:please |can you |could you )?(?:show|list|give|tell|find|compare|who|what|which|how|when|where"
    r"|make|prepare|search|look|summari[sz]e|rank|explain|write|draft|check)\b"
    r"|(?:알려|보여|찾아|말해|정리해|만들어|비교해|작성해|요약해|설명해|확인해|검색해) ?(?:줘요?|주세요|줄래요?|봐요?|주십시오)[\s.!~]*$"
    r"|(?:나요|까요|인가요|는지|습니까|죠|누구야|뭐야|어디야|얼마야|언제야)[\s.!~]*$",
    re.IGNORECASE,
)

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
    text = " ".join(message.split())
    return _forgets(text) or _lists(text) or _remembers(message.strip())


def _forgets(text: str) -> Command | None:
    if _FORGET_THAT.match(text):
        return Command(action="forget", latest=True)
    if _FORGET_IT.match(text):
        return Command(action="forget", latest=True, firm=False)
    if _FORGET_ALL.match(text):
        return Command(action="forget", everything=True)
    if match := _FORGET_OWN.match(text):
        return Command(action="forget", name=_own(match))
    if match := _FORGET_ABOUT.match(text):
        return Command(
            action="forget",
            about=match["about"] or match["about_ko"],
            firm=bool(match["firm"] or match["about_ko"]),
        )
    return None


def _lists(text: str) -> Command | None:
    if _LIST.match(text):
        return Command(action="list", everything=True)
    if match := _LIST_OWN.match(text):
        return Command(action="list", name=_own(match), firm=False)
    if match := _LIST_ABOUT.match(text):
        return Command(action="list", about=match["about"] or match["about_ko"], firm=False)
    return None


def _own(match: re.Match[str]) -> PreferenceName:
    return _OWN[(match["own"] or match["own_ko"]).lower()]


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
            if not text and rest and not _REQUEST.search(rest[-1]):
                text = rest.pop()  # "The limit is 40. Remember that."
            if text or not said:
                said.append(_said(text))
            asked_to = True
        elif preference:
            said.append(Said(text=sentence, name=preference.name, value=preference.value))
        elif asked_to and not rest and not _REQUEST.search(sentence):
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
    if _ADDRESS.match(sentence):
        return sentence
    if match := _REMEMBER_KO.match(sentence):
        text = (match["after"] or match["before"] or "").strip()
        text = _PARTICLE_KO.sub("", _HANDLE_KO.sub("", text).strip())
        return "" if _POINTS_KO.match(text) else text
    match = _REMEMBER_EN.match(sentence)
    if match is None:
        return None
    text = match["text"].strip(" :,\"'“”")
    if _POINTS_EN.match(text.rstrip(".!?")):
        return ""
    says_that = bool(re.search(r"(?:that|:)\s*$", sentence[: match.start("text")], re.IGNORECASE))
    if not says_that and (sentence.rstrip().endswith("?") or _ASKS_BACK.match(text)):
        return None
    return text.rstrip("?") if says_that else text


def _sentences(message: str) -> list[str]:
    """Return a message's sentences, each with the sign at its end."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(message):
        found.append(message[start : end.end()].strip())
        start = end.end()
    return [sentence for sentence in [*found, message[start:].strip()] if sentence]
