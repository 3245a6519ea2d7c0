"""Finds whether contracts are meant that renew themselves, or those that do not."""

import re

from narutalk.offline.hints import Found

_ITSELF = r"(?:(?:itself|themselves|automatically|on (?:its|their) own|by (?:itself|themselves))\b)"
_RENEWAL = r"(?:(?:automatic(?:ally)?|auto|self)[- ]?(?:renew\w*|extension|extend\w*))"
_NOT = r"(?:not|never|without|no|non|isn['’]t|aren['’]t|don['’]t|doesn['’]t|won['’]t|lack(?:s|ing)?)"
_NO = re.compile(
    rf"\b(?:(?:that|which|and|but) )?(?:(?:will|do|does|are|is|have|has|set to) )?{_NOT}[- ]"
    rf"(?:(?:be|being|set|set to|an?|any|have|having|up for) )*"
    rf"(?:{_RENEWAL}(?: clauses?)?|renew(?:ed|ing|s|al)? {_ITSELF})"
    r"|\bmanual(?:ly)? renew\w*"
    r"|자동(?:으로)? ?(?:갱신|연장)\S{0,3} ?"
    r"(?:안 ?(?:되는|돼는|하는|되고|돼|되)|되지 ?않[는고은]|(?:이|가)? ?아닌|없는|없이"
    r"|빼고|제외하고|제외한|불가한?|미적용)",
    re.IGNORECASE,
)
_YES = re.compile(
    rf"\b(?:with )?(?:(?:that|which) )?(?:(?:will|are|is|do|does) )?"
    rf"(?:{_RENEWAL}(?: clauses?)?|renew(?:ed|ing|s|al)? {_ITSELF})"
    r"|자동(?:으로)? ?(?:갱신|연장)(?:이|은|도|으로)? ?"
    r"(?:되는|될|돼|되|되고|있는|대상인?|예정인?|조건인?|적용)?",
    re.IGNORECASE,
)


def renewal_finder(sentence: str) -> Found | None:
    """Find False in "without automatic renewal" and "자동 갱신 안 되는", True in "that renew themselves"."""
    for value, pattern in ((False, _NO), (True, _YES)):
        if match := pattern.search(sentence):
            return Found(value, match.start(), match.end())
    return None
