"""The words that the scripts of the import page show, in the language of the page."""

from django.utils.translation import gettext as _

from django_admin.web.error_strings import common_error_strings


def import_strings() -> dict[str, str]:
    """Return the words by the names that the scripts use."""
    return _run_strings() | _column_strings() | _list_strings() | _error_strings()


def _run_strings() -> dict[str, str]:
    return {
        "tooLarge": _("larger than %(limit)s MB, and will not be sent"),
        "sendingStopped": _("Sending was stopped."),
        "rows": _("%(count)s rows"),
        "checking": _("The file is being checked… %(seconds)s s"),
        "importing": _("The file is being imported… %(seconds)s s"),
        "verdictApplied": _("Imported: %(written)s of %(rows)s rows were written."),
        "verdictProblems": _(
            "Nothing was imported: %(count)s problems in %(rows)s rows. Mend the file, and check it again."
        ),
        "verdictOneProblem": _(
            "Nothing was imported: 1 problem in %(rows)s rows. Mend the file, and check it again."
        ),
        "verdictReady": _("All %(rows)s rows are right. Nothing was changed so far."),
        "verdictNothingNew": _("All %(rows)s rows are there already, just so. There is nothing to import."),
        "verdictFileGone": _(
            "All %(rows)s rows were right, but the file is not kept any more. Send it again."
        ),
        "verdictEmpty": _("The file has no rows below its header."),
        "stopCheck": _("Stop the check"),
        "discard": _("Discard"),
        "discarded": _("“%(name)s” is discarded. Nothing was imported."),
        "importRows": _("Import: write %(count)s rows"),
        "confirmCounts": _("%(inserted)s new rows, %(updated)s changed rows"),
        "count_inserted": _("New"),
        "count_updated": _("Changed"),
        "count_unchanged": _("As before"),
        "count_problems": _("Problems"),
        "placesToMake": _("Departments and regions that would be made: %(names)s"),
        "placesMade": _("Departments and regions that were made: %(names)s"),
    }


def _column_strings() -> dict[str, str]:
    return {
        "notImported": _("— not imported —"),
        "field": "%(name)s",
        "requiredField": "%(name)s *",
        "columnTwice": _("Several columns have this name."),
        "fieldTwice": _("Two columns are imported as “%(name)s”. Choose one of them."),
        "columnsRead": _("Columns: %(read)s recognised"),
        "columnsIgnored": _("Columns: %(read)s recognised, %(ignored)s not imported"),
        "missing": _("No column has these. Choose one above, or write what every row says:"),
        "sameForAll": _("The same in every row"),
        "words": _("Words of the file that were not understood. Say what they mean:"),
        "wordMeans": _("“%(word)s” in %(field)s means"),
        "wordUnknown": _("— not known —"),
        "readAgain": _("How the file is read"),
        "column": _("Column"),
        "value": _("Value"),
        "empty": _("empty"),
    }


def _list_strings() -> dict[str, str]:
    return {
        "page": _("%(page)s / %(pages)s"),
        "problemsListed": _("The first %(listed)s of %(total)s problems."),
        "noHistory": _("Nothing was imported yet."),
        "by": _("By whom"),
        "state_running": _("at work"),
        "state_failed": _("not readable"),
        "state_problems": _("has problems"),
        "state_ready": _("checked"),
    }


def _error_strings() -> dict[str, str]:
    return common_error_strings() | {
        "error_import_unavailable": _(
            "The service for this data cannot be reached now. Try again in a moment."
        ),
        "error_import_failed": _("That did not work. Try again in a moment."),
        "error_import_forbidden": _("You may not import this data."),
        "error_import_not_found": _("This import does not exist any more, or is somebody else’s."),
        "error_import_running": _("The file is being checked or imported already."),
        "error_import_applied": _("This file has been imported."),
        "error_import_file_gone": _("The file is not kept any more. Send it again."),
        "error_import_interrupted": _("The check was interrupted. Check the file again."),
        "error_import_uncertain": _(
            "The import was interrupted, and may have been done or not: all of it or nothing. The list below "
            "says. Importing the file again does no harm."
        ),
        "error_import_conflict": _(
            "The data changed meanwhile, or a row breaks a rule of the database. Nothing was imported."
        ),
        "error_imports_running": _("Wait until your other imports have ended."),
        "error_options_invalid": _("How the file is to be read was not understood."),
        "error_file_too_large": _("The file is too large. Split it."),
        "error_too_large": _("The file is too large. Split it."),
        "error_file_missing": _("The file did not arrive. Send it again."),
    }
