"""What the pages' scripts say of errors that may meet any of them."""

from django.utils.translation import gettext as _


def common_error_strings() -> dict[str, str]:
    """Return the words by the names that the scripts use."""
    return {
        "error_deadline_exceeded": _("That took too long. Try again in a moment."),
        "error_unauthenticated": _("You are signed out. Reload the page to sign in."),
        "error_csrf_failed": _("This page is out of date. Reload it."),
        "error_network": _("There is no connection to the server."),
        "error_unknown": _("Something went wrong. Try again in a moment."),
    }
