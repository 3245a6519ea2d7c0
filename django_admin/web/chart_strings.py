"""The words that the script of charts shows, in the language of the page, whichever page it is."""

from django.utils.translation import gettext as _


def chart_strings() -> dict[str, str]:
    """Return the words by the names that the script uses."""
    return {
        "chartTable": _("Show the figures as a table"),
        "chartSave": _("Save the chart as %(format)s"),
        "chartFailed": _("This chart could not be drawn."),
    }
