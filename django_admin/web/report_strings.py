"""The words that the script of the reports' page shows, in the language of the page."""

from django.utils.translation import gettext as _

from django_admin.web.error_strings import common_error_strings


def report_strings() -> dict[str, str]:
    """Return the words by the names that the script uses."""
    return common_error_strings() | {
        "loading": _("Loading…"),
        "noReports": _("You have no reports. Ask the assistant for one, and it stays here until it expires."),
        "reportsFound": _("%(count)s reports"),
        "reportFound": _("1 report"),
        "missing_client": _("Reports on clients cannot be reached at the moment."),
        "missing_employee": _("Reports on employees cannot be reached at the moment."),
        "service_client": _("Clients"),
        "service_employee": _("Employees"),
        "periodOf": _("Figures of %(start)s – %(end)s"),
        "made": _("Made on %(time)s"),
        "keptUntil": _("Kept until %(time)s"),
        "format_pdf": "PDF",
        "format_xlsx": "Excel",
        "format_html": "HTML",
        "download": _("Download “%(title)s” as %(format)s"),
        "preparing": _("“%(title)s” is being prepared as %(format)s."),
        "remove": _("Remove %(title)s"),
        "removed": _("“%(title)s” is removed."),
        "page": _("%(page)s / %(pages)s"),
        "tryAgain": _("Try again"),
        "error_report_not_found": _("This report does not exist any more: it was removed, or has expired."),
        "error_reports_unavailable": _("Reports cannot be reached at the moment. Try again in a moment."),
        "error_reports_failed": _("That did not work. Try again in a moment."),
    }
