"""How people ask to remember, to forget, and what is remembered: patterns over whole sentences."""

import re

from graph.memory.preferences import PreferenceName


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_BEGIN = r"^\W*(?:(?:ok(?:ay)?|hey|hi|well|so|and|please|narutalk)\W+)*"
_BEGIN_KO = r"^\W*"
_END = r"(?: again)?(?:,? please)?[\s.!~]*$"
_END_ASKING = r"(?: so far)?[\s.!?~]*$"

# To remember.

_KEEP = r"(?:remember|keep in mind|bear in mind|memori[sz]e|do(?: not|n['’]t) forget)"
_KEEP_KO = (
    r"(?:꼭 ?|잘 ?|좀 ?)*(?:기억 ?(?:좀 ?)?(?:해|하고 ?있어) ?"
    r"(?:줘요?|주세요|주십시오|주시기 바랍니다|주라|줄래요?|줄 수 있어요?|주실래요|둬요?|두세요|놔요?"
    r"|놓으세요)"
    r"|외워 ?(?:줘요?|주세요|둬요?|두세요)|명심해(?: ?(?:줘|주세요|둬|두세요))?"
    r"|잊지 ?(?:마요?|마세요|말아 ?줘요?|말아 ?주세요))"
)
REMEMBER = _any(
    rf"{_BEGIN}(?:(?:can|could|will|would) you(?: please)?|i(?:['’]d| would) like you to|i want you to) "
    rf"(?:{_KEEP}|note)(?: that\b|:)\s*(?P<asked>.*)$",
    rf"{_BEGIN}(?:always |also )?{_KEEP}(?: for (?:me|later|next time|the future))?(?:,? that\b|[:,]|\b)"
    r"\s*(?P<told>.*)$",
    rf"{_BEGIN}note that\b\s*(?P<noted>.*)$",
)
"""The group that matches holds what is to be remembered."""
REMEMBER_KO = _any(
    rf"{_BEGIN_KO}{_KEEP_KO}\s*[:,.]\s*(?P<after>.+)$",
    rf"{_BEGIN_KO}(?P<before>.*?)[,.]?\s*{_KEEP_KO}[\s.!~?]*$",
)
ADDRESS = _any(
    r"^\W*(?:from now on|in (?:the )?future|going forward|always),? (?:please )?"
    r"(?:call|address) me (?!back|at|on|when|if)\S.*$",
    r"^\W*(?:앞으로|이제부터|항상)(?:는|은)?\s*(?:나를|저를|날|절|나|저)\s.*"
    r"(?:라고|으로|로) ?(?:불러|부르)\s*(?:줘요?|주세요|면 돼요?|세요)?[\s.!~]*$",
)
"""How a person wants to be called."""
ASKS_BACK = re.compile(r"^(?:what|when|where|who|whom|why|which|how|if|whether|me|us)\b", re.IGNORECASE)
POINTS = re.compile(r"^(?:this|that|it|the above)?$", re.IGNORECASE)
POINTS_KO = re.compile(r"^(?:이거|이것|그거|그것|이걸|그걸|이건|그건|이|그)?$")
TAIL_KO = re.compile(
    r"(?:이?라(?:고|는)(?: ?(?:것|거|걸|점|사실))?|(?<=다)(?:고|는 ?(?:것|거|걸|점|사실)))"
    r"(?:은|는|을|를|도)?$"
)
PARTICLE_KO = re.compile(r"(?<=[가-힣])(?:을|를|은|는)$")

# To forget.

_LOSE_KO = (
    r"(?:잊어|기억에서 (?:지워|삭제해)|(?<=기억 )(?:지워|삭제해)|(?<=기억을 )(?:지워|삭제해))"
    r" ?(?:버려 ?)?(?:줘요?|주세요|주십시오|줄래요?|라|요)?[\s.!~]*$"
)
_ALL_KO = r"(?:전부|모두|다|싹)"
_THIS_KO = (
    r"(?:그건|그거|그걸|그것(?:은|을)?|이건|이거|이걸|이것(?:은|을)?"
    r"|방금 (?:것|거|건|말한 (?:것|거|건)|한 말)(?:은|을|를)?)"
)
FORGET_THAT = _any(
    rf"{_BEGIN}(?:never ?mind,? )?forget (?:about )?"
    rf"(?:that|this|what i (?:just |have just )?(?:said|told you)|the last (?:one|thing)){_END}",
    rf"{_BEGIN_KO}(?:아니[,.]?\s*)?{_THIS_KO} ?(?:그냥 |이제 |다시 )?{_LOSE_KO}",
    rf"{_BEGIN_KO}{_THIS_KO} ?기억하지 ?(?:마(?:요|세요)?|말아 ?(?:줘요?|주세요))[\s.!~]*$",
)
FORGET_IT = _any(
    rf"{_BEGIN}(?:never ?mind,? )?forget (?:about )?it{_END}", rf"{_BEGIN_KO}(?:그냥 |다 )?{_LOSE_KO}"
)
"""Mostly said of a question that matters no more: it is meant for the memory right after remembering only."""
_ABOUT_ME = r"(?: (?:of|about) me)?"
FORGET_ALL = _any(
    rf"{_BEGIN}forget (?:everything|all)(?: of (?:it|that))?"
    rf"(?: (?:that )?(?:you (?:know|remember|have (?:stored|saved)){_ABOUT_ME}"
    r"|i (?:have )?(?:told|asked) you.*)"
    rf"| about me)?{_END}",
    rf"{_BEGIN}(?:delete|clear|erase|wipe|remove) (?:all |everything )?(?:of )?(?:my|your|the) "
    rf"(?:memor(?:y|ies)|notes about me){_ABOUT_ME}{_END}",
    rf"{_BEGIN}(?:delete|erase) everything you (?:know|remember) about me{_END}",
    rf"{_BEGIN_KO}(?:(?:나|저)에 ?대(?:해서?|한) )?"
    r"(?:기억(?:하는|한|하고 있는)? ?(?:것|거|걸|내용)?(?:은|는|을|를)? ?)?"
    rf"(?:{_ALL_KO}|모든 ?(?:것|거|걸|기억)을?)(?: ?다)? ?{_LOSE_KO}",
    rf"{_BEGIN_KO}(?:(?:내|나의|제|나에 대한|저에 대한) )?기억(?:한 것|하는 것|하고 있는 것)?(?:을|를|은)? ?"
    rf"{_ALL_KO} ?(?:잊어|지워|삭제해|없애) ?(?:버려 ?)?(?:줘요?|주세요|라)?[\s.!~]*$",
)
_OWN = (
    r"(?:my|our) (?:preferred |preference for (?:the )?|own )?"
    r"(?P<own>region|branch|area|office|team|department|division|language|format|answer format)"
)
_OWN_KO = (
    r"(?:내|나의|제|저의|우리|저희) ?(?:담당 ?|선호 ?|답변 ?)?"
    r"(?P<own_ko>지역|지점|지사|권역|팀|부서|언어|형식)"
)
FORGET_OWN = _any(
    rf"{_BEGIN}(?:forget|delete|remove) (?:about |what you know about )?{_OWN}"
    rf"(?: from (?:your|my) memory)?{_END}",
    rf"{_BEGIN_KO}{_OWN_KO}(?:은|는|을|를)? ?(?:이제 |그만 )?{_LOSE_KO}",
)
_EVERYTHING_ABOUT = (
    r"(?:(?:everything|all|anything)"
    r"(?: (?:that )?(?:you know|i (?:have )?(?:told|said)(?: (?:to )?you)?))? about"
    r"|what (?:you (?:know|remember)|i (?:have )?(?:told you|said)) about"
    r"|the (?:note|memory|memories|thing)s? about"
    r"|that\b)"
)
FORGET_ABOUT = _any(
    rf"{_BEGIN}(?:forget (?P<firm>{_EVERYTHING_ABOUT})|forget about"
    r"|(?:delete|remove|erase) (?:the |my |your )?(?:memory|memories|what you remember)s? (?:of|about))"
    rf" (?P<about>[^,;?]+?){_END}",
    rf"{_BEGIN_KO}(?P<about_ko>[^,?]+?)"
    r"(?:에 ?대(?:해서는?|해|한)|에 관(?:해서?|한)|라(?:는|고 한)|다(?:는|고 한)) ?"
    rf"(?:모든 |내 )?(?:것|거|건|걸|기억|내용|말)?(?:은|는|을|를)? ?(?:{_ALL_KO} ?)*{_LOSE_KO}",
)

# To say what is remembered.

_SHOW_KO = r"(?:뭐|뭔지|무엇|보여|알려|말해|목록)\S*(?: ?(?:줘|주세요|야|인가요|있어))?"
_WHAT_KO = r"(?:뭘|뭐를?|무엇을|무얼|어떤 (?:것|걸|거)을?)"
LIST = _any(
    rf"{_BEGIN}what (?:else )?(?:do|can|did) you (?:still )?(?:remember|know)(?: about me)?{_END_ASKING}",
    rf"{_BEGIN}what have you (?:remembered|saved|stored|memori[sz]ed)(?: (?:about|for) me)?{_END_ASKING}",
    rf"{_BEGIN}what (?:did|have) i (?:ask|asked|tell|told) you to (?:remember|keep in mind){_END_ASKING}",
    rf"{_BEGIN}(?:show|list|tell|give)(?: me)? (?:all )?(?:of )?(?:my memories|your memor(?:y|ies){_ABOUT_ME}"
    rf"|(?:everything |all )?(?:that |what )?you (?:remember|know)(?: about me)?){_END_ASKING}",
    rf"{_BEGIN_KO}(?:(?:나|저)에 ?(?:대해(?:서)?|관해(?:서)?) ?)?{_WHAT_KO} ?기억"
    rf"(?:해요?|하니|하고 ?있(?:어요?|나요|니|습니까)|하나요|합니까){_END_ASKING}",
    rf"{_BEGIN_KO}(?:(?:나|저)에 ?(?:대해(?:서)?|관해(?:서)?) ?)?"
    rf"기억(?:하는|하고 ?있는|한) ?(?:것|거|걸|게|내용)"
    rf"(?:을|이|은)? ?(?:{_ALL_KO} ?)?{_SHOW_KO}{_END_ASKING}",
    rf"{_BEGIN_KO}(?:내 )?기억 ?(?:목록|내용)(?:을|를)? ?(?:좀 )?{_SHOW_KO}{_END_ASKING}",
    rf"{_BEGIN_KO}(?:나|저)에 ?대해(?:서)? {_WHAT_KO} ?(?:알고 ?있|아)\S*{_END_ASKING}",
    rf"{_BEGIN_KO}(?:내|제)가 {_WHAT_KO} 기억(?:하라고|해 ?달라고)\S*{_END_ASKING}",
)
LIST_ABOUT = _any(
    r"^\W*what (?:do you|did i ask you to) (?:remember|keep in mind) (?:about|of|on) "
    r"(?P<about>[^?]{2,80}?)[\s.!?]*$",
    rf"{_BEGIN_KO}(?P<about_ko>[^?]{{2,60}}?)에 ?대(?:해서?|한) (?:{_WHAT_KO} ?기억(?:하고 ?있|해|하)\S*"
    rf"|기억(?:하는|하고 ?있는|한) ?(?:것|거|걸|내용)\S* ?{_SHOW_KO}){_END_ASKING}",
)
LIST_OWN = _any(
    rf"^\W*(?:what(?:['’]s| is)|which(?: one)? is|do you (?:know|remember)) {_OWN}[\s.!?]*$",
    rf"{_BEGIN_KO}{_OWN_KO}(?:은|는|이|가)? ?(?:어디|뭐|무엇|어느)\S*{_END_ASKING}",
)
OWN: dict[str, PreferenceName] = {
    **dict.fromkeys(("region", "branch", "area", "office", "지역", "지점", "지사", "권역"), "region"),
    **dict.fromkeys(("team", "department", "division", "팀", "부서"), "team"),
    **dict.fromkeys(("language", "언어"), "language"),
    **dict.fromkeys(("format", "answer format", "형식"), "format"),
}

# What stands beside it.

SENTENCE_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bNo)(?<!\b[A-Z])[.!?。]+\s+|\n+"
)
REQUEST = _any(
    r"\?\W*$",
    r"^\W*(?:(?:now|then|also|and|so),? )?(?:please |can you |could you )?(?:show|list|give|tell|find|compare"
    r"|who|what|which|how|when|where|make|prepare|search|look|summari[sz]e|rank|explain|write|draft|check)\b",
    r"(?:알려|보여|찾아|말해|정리해|만들어|비교해|작성해|요약해|설명해|확인해|검색해) ?"
    r"(?:줘요?|주세요|줄래요?|봐요?|주십시오)[\s.!~]*$",
    r"(?:나요|까요|인가요|는지|습니까|죠|누구야|뭐야|어디야|얼마야|언제야)[\s.!~]*$",
)
"""What asks for an answer, and is no part of what is to be remembered."""
