"""What people read for the names of evaluators and targets."""

from django.utils.translation import gettext_lazy as _

EVALUATORS = {
    "answered": _("Answered"),
    "agents": _("Right agents"),
    "agent_overlap": _("Agents in part"),
    "trajectory": _("Agents called"),
    "source_recall": _("Sources found"),
    "reciprocal_rank": _("Rank of the source"),
    "figures": _("Figures"),
    "phrases": _("Phrases"),
    "outcome": _("Answered, asked back or refused"),
    "candour": _("No wrong figure without doubt"),
    "in_time": _("In time"),
    "latency_seconds": _("Seconds"),
}
TARGETS = {
    "route": _("the router's decision"),
    "search": _("the document search"),
    "company": _("the whole company"),
}


def evaluator_title(name: str) -> str:
    """Return an evaluator's name as people read it."""
    return str(EVALUATORS.get(name, name))
