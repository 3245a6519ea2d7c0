"""Whether a sentence asks for a change, and not about one: what no question must match."""

import re
from collections.abc import Mapping

from tools.clients.models import ChangeKind

# "please", "can you" … and then the verb, at the very beginning: "how do I change" is a question.
_LEAD = (
    r"^\W*(?:ok(?:ay)?[, ]+|now[, ]+|then[, ]+)?(?:please[, ]+|kindly )?"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?|i(?:'d| would) like (?:you )?to "
    r"|i (?:want|need) (?:you )?to |let'?s |go ahead and )?(?:now )?"
)
# What makes a Korean verb a request: "바꿔 줘", "변경해 주세요", "갱신해.".
_PLEASE = (
    r"(?:\s?(?:줘|주세요|주십시오|주시겠|주실|주시기|줄래|줄\s?수\s?있|달라|놔|두세요|둬)|[라자]?[.!]*\s*$)"
)
_DO = r"(?:을|를)?\s?(?:해|하여|시켜|처리해)"
_WANTED = r"(?:을|를)?\s?(?:좀\s?)?(?:부탁|요청|바랍니다)"
_ASKING = re.compile(
    r"어떻게|방법|절차|어디|누가|누구|언제|얼마|몇\s|왜|무엇|뭐|무슨|어떤|알려|보여|목록|있나|인가"
    r"|나요\s*\??$|하려면|해도 돼|\?\s*\S"
)
_CONTRACT = r"(?=.*(?:\bcontract|\bagreement|계약|(?<![A-Za-z])K[-\s]?\d))"
_FIELD = (
    r"(?=.*(?:\bgrade|\bphone|\btelephone|\bnumber|\bcontact|\baddress|\be-?mail|등급|전화|연락처|주소|번호"
    r"|이메일|메일 ?주소|(?:연락|거래처 ?측?|고객 ?측?) ?담당자))"
)
_IS_NO_UNDO = r"(?!.*(?:\bchange|변경|방금))"


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


_PATTERNS: Mapping[ChangeKind, re.Pattern[str]] = {
    ChangeKind.UPDATE_CLIENT: _pattern(
        rf"{_LEAD}(?:change|set|update|correct|fix|edit|modify|adjust|replace|make)\b{_FIELD}",
        rf"{_LEAD}(?:upgrade|downgrade|promote|demote|raise|lower|move|put)\b"
        r"(?=.*\b(?:to|in|into)\s+(?:grade\s+)?[A-D]\b)",
        rf"^{_FIELD}.*(?:바꿔|바꾸어|고쳐|올려|내려|낮춰|높여|맞춰){_PLEASE}",
        rf"^{_FIELD}.*(?:변경|수정|조정|업데이트|갱신)(?:{_DO}{_PLEASE}|{_WANTED})",
        rf"^{_FIELD}.*(?:으로|로)\s?(?:변경|수정|조정)[.!]*\s*$",
    ),
    ChangeKind.ADD_NOTE: _pattern(
        rf"{_LEAD}(?:add|write|leave|put|attach|append|make|record|enter)\b[^:]*?\b(?:note|memo|comment)\b",
        rf"{_LEAD}note\s+(?:down\s+)?(?:on|to|at|in|for|that)\b",
        r"(?:메모|노트|비고|코멘트)(?:를|을|에|로|으로)?\s?(?:하나\s?)?"
        rf"(?:(?:추가|기록|등록|작성)(?:{_DO}{_PLEASE}|{_WANTED}|\s?[:：]|[.!]*\s*$)"
        rf"|(?:남겨|달아|적어|써|넣어|붙여){_PLEASE})",
    ),
    ChangeKind.RENEW: _pattern(
        rf"{_LEAD}(?:renew|extend|prolong)\b",
        rf"^{_CONTRACT}.*(?:갱신|연장)(?:{_DO}{_PLEASE}|{_WANTED})",
    ),
    ChangeKind.CLOSE: _pattern(
        rf"{_LEAD}(?:close|terminate|end|cancel)\b{_IS_NO_UNDO}{_CONTRACT}",
        rf"^{_CONTRACT}{_IS_NO_UNDO}.*(?:해지|종료|종결|파기|취소)(?:{_DO}{_PLEASE}|{_WANTED})",
    ),
    ChangeKind.UNDO: _pattern(
        rf"{_LEAD}(?:undo|revert|roll\s?back|reverse)\b",
        rf"{_LEAD}take\s+(?:that|it|this|the\b.*?\bchange)\s*back\b",
        rf"{_LEAD}(?:cancel|withdraw)\s+(?:(?:that|this|the|my)\s+)?(?:last\s+|latest\s+)?change\b",
        rf"(?:변경|수정|방금|그거|그것|이거|마지막|아까)[^.?!]*?(?:취소|철회|원복){_DO}{_PLEASE}",
        rf"(?:되돌려|돌려\s?놔|돌려\s?놓아|원래대로\s?해){_PLEASE}",
    ),
}
_TEXT = re.compile(r"[:：](?!\d)|[\"“'‘]")


def asks_for(kind: ChangeKind, sentence: str) -> bool:
    """Whether a sentence asks for a kind of change; what it says as a note's text does not count."""
    text = _TEXT.search(sentence) if kind is ChangeKind.ADD_NOTE else None
    asked = sentence[: text.start()] if text else sentence
    return bool(_PATTERNS[kind].search(sentence)) and not _ASKING.search(asked)
