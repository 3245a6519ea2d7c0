"""Splits a question where it may begin to ask something else."""

import re

from narutalk.offline.excluding import leads

# Korean "-고" joins clauses after a verb ("했고", "이고") and ends nouns elsewhere ("재고", "최고").
_CLAUSE_BREAK = re.compile(
    r"\s*(?:[?;]\s+|,?\s+and\s+(?:also\s+)?|,\s+(?=how|what|who|which|show|list)"
    r"|(?<=[하되있없이았었였했렸쳤켰구뭐디마제]고),?\s+|\s+그리고\s+|,\s*그리고\s*)",
    re.IGNORECASE,
)


def clauses_of(question: str) -> list[str]:
    """Return the clauses of a question that may be questions of their own."""
    if leads(question):
        return [question.strip()]
    return [clause.strip() for clause in _CLAUSE_BREAK.split(question) if clause and clause.strip()]
