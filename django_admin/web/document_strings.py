"""The words that the scripts of the documents' page show, in the language of the page."""

from django.utils.translation import gettext as _

from django_admin.web.error_strings import common_error_strings


def document_strings() -> dict[str, str]:
    """Return the words by the names that the scripts use."""
    return _upload_strings() | _job_strings() | _list_strings() | _reasons() | _error_strings()


def _upload_strings() -> dict[str, str]:
    return {
        "addOne": _("Add 1 document"),
        "addMany": _("Add %(count)s documents"),
        "addNone": _("Add documents"),
        "leaveOut": _("Leave out %(name)s"),
        "tooLarge": _("larger than %(limit)s MB, and will not be sent"),
        "sent": _("Sent. The documents are being read."),
        "sendingStopped": _("Sending was stopped."),
    }


def _job_strings() -> dict[str, str]:
    return {
        "jobOf": _("Sent on %(time)s"),
        "jobDone": _("%(done)s of %(total)s files"),
        "job_queued": _("waiting"),
        "job_running": _("being read"),
        "job_succeeded": _("done"),
        "jobPartly": _("done, %(count)s failed"),
        "job_failed": _("failed"),
        "job_cancelled": _("cancelled"),
        "cancelRequested": _("is being cancelled"),
        "cancelJob": _("Cancel"),
        "file_queued": _("waiting"),
        "file_indexed": _("added"),
        "file_replaced": _("new version"),
        "file_unchanged": _("was there already"),
        "file_failed": _("failed"),
        "file_cancelled": _("cancelled"),
        "moreJobs": _("Show earlier uploads"),
        "jobEnded": _("An upload has ended: %(done)s of %(total)s files."),
    }


def _list_strings() -> dict[str, str]:
    return {
        "loading": _("Loading…"),
        "noDocuments": _("There are no documents that you may read."),
        "nothingFound": _("Nothing found"),
        "documentsFound": _("%(count)s documents"),
        "documentFound": _("1 document"),
        "everyone": _("Everyone"),
        "language_en": _("English"),
        "language_ko": _("Korean"),
        "remove": _("Remove %(title)s"),
        "removed": _("“%(title)s” is removed."),
        "page": _("%(page)s / %(pages)s"),
        "tryAgain": _("Try again"),
    }


def _reasons() -> dict[str, str]:
    """Return why a file failed, by the document service's code."""
    return {
        "reason_document_unreadable": _("It is damaged, or is not what its name says."),
        "reason_document_unsupported": _(
            "Files of this kind cannot be read. Save it in a newer or common format."
        ),
        "reason_document_encrypted": _(
            "It is protected by a password. Take the password away and try again."
        ),
        "reason_document_empty": _("There is no text in it."),
        "reason_document_scanned": _("It is a scan: a picture of text. Add it with recognised text (OCR)."),
        "reason_document_unsafe": _("Its inside could do harm, so it was not opened."),
        "reason_document_too_long": _("It holds too much text. Split it."),
        "reason_document_too_slow": _("Reading it took too long."),
        "reason_document_encoding": _("The encoding of its text is not recognised. Save it as UTF-8."),
        "reason_document_crashes": _("It could not be read: it made the reader fail several times."),
        "reason_file_too_large": _("It is too large."),
        "reason_file_unreadable": _("It could not be stored. Try again."),
        "reason_internal_error": _("Something went wrong on our side. Try again."),
    }


def _error_strings() -> dict[str, str]:
    return common_error_strings() | {
        "error_document_unavailable": _(
            "The documents cannot be reached at the moment. Try again in a moment."
        ),
        "error_document_failed": _("That did not work. Try again in a moment."),
        "error_documents_read_only": _("Only managers and administrators may add documents."),
        "error_document_not_found": _("This document does not exist any more, or you may not remove it."),
        "error_document_busy": _("Somebody else is changing this document. Try again in a moment."),
        "error_too_large": _("That is too much at once. Send fewer files."),
        "error_groups_invalid": _("These groups cannot be chosen together."),
    }
