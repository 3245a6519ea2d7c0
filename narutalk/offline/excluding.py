"""What a question leaves out: "outside Seoul", "besides hospitals", "대구 빼고", "항생제 말고".

A value that is left out is the one that the answer must not be limited to.
"""

import re

_LEAD = re.compile(
    r"\W*(?:outside|except|excluding|apart from|aside from|other than|besides|leaving out|not counting"
    r"|ignoring)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:outside(?: of)?|except(?: for| in| to| from)?|excluding|excl\.?|leaving out|not counting|ignoring"
    r"|apart from|apart|aside from|aside|other than|besides|rather than|instead of|but not|not)\s+"
    r"(?:the\s+|our\s+|those\s+)?(?:(?:in\s+|from\s+)?\w+,?\s+(?:or|and|nor)\s+){0,2}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:(?:\s*,|이랑|랑|하고|와|과)\s*[가-힣]+?){0,2}"
    r"(?:\s*(?:지역|쪽|제품|거래처))?(?:을|를|은|는|이|가)?\s*"
    r"(?:빼고|뺀|빼면|빼놓고|제외(?:하고|하면|한|하|시)?|말고(?:는)?|이외(?:에|의)?|외에(?:는)?|외의|아닌)(?![가-힣]{2})"
)


def widened(sentence: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the words lie that leave out a value, with the value's own; None where none do.

    Args:
        sentence: The question.
        start: Where the value's words begin; one or two others may stand beside it: "not in Seoul or Busan".
        end: Where they end.
    """
    before, after = _BEFORE.search(sentence[:start]), _AFTER.match(sentence, end)
    if before is None and after is None:
        return None
    return before.start() if before else start, after.end() if after else end


def leads(clause: str) -> bool:
    """Whether a clause only says what to leave out of the one behind it: "apart from Insunova"."""
    return _LEAD.match(clause) is not None
