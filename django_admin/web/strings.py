"""The words that the chat page's scripts show, in the language of the page."""

from django.utils.translation import gettext as _

from django_admin.web.chart_strings import chart_strings
from django_admin.web.error_strings import common_error_strings


def page_strings() -> dict[str, str]:
    """Return the words by the names that the scripts use."""
    return (
        _chat_strings()
        | chart_strings()
        | _source_strings()
        | _approval_strings()
        | _feedback_strings()
        | _conversation_strings()
        | _memory_strings()
        | _error_strings()
    )


def _source_strings() -> dict[str, str]:
    """Return what the tools' records are called, by the titles of their citations."""
    return {
        "source_Transactions": _("Transactions"),
        "source_Clients": _("Clients"),
        "source_Contracts": _("Contracts"),
        "source_Changes": _("Changes"),
        "source_Query": _("Query"),
        "source_Employee directory": _("Employee directory"),
        "source_Monthly sales": _("Monthly sales"),
        "source_Attendance": _("Attendance"),
        "source_Performance reviews": _("Performance reviews"),
        "source_Salaries": _("Salaries"),
        "source_Published reports": _("Published reports"),
    }


def _approval_strings() -> dict[str, str]:
    return {
        "approvalTitle": _("This needs your approval"),
        "approve": _("Approve"),
        "edit": _("Edit"),
        "refuse": _("Refuse"),
        "approveSaid": _("Approved."),
        "editSaid": _("Approved with changes."),
        "refuseSaid": _("Refused."),
        "changeBefore": _("Before"),
        "changeAfter": _("After"),
        "argument_client": _("Client"),
        "argument_grade": _("Grade"),
        "argument_phone": _("Phone number"),
        "argument_address": _("Address"),
        "argument_contract": _("Contract"),
        "argument_text": _("Note"),
        "argument_months": _("Months"),
        "argument_until": _("Last day"),
        "argument_change": _("Change"),
        "argument_document": _("Document"),
        "argument_title": _("Title"),
        "argument_period": _("Period"),
        "argument_department": _("Department"),
        "argument_region": _("Region"),
        "argument_employee": _("Employee"),
        "argument_report": _("Report"),
    }


def _chat_strings() -> dict[str, str]:
    return {
        "you": _("You"),
        "assistant": "NaruTalk",
        "thinking": _("Thinking…"),
        "routing": _("Finding the right colleague…"),
        "working": _("working"),
        "agentSuccess": _("done"),
        "agentError": _("failed"),
        "agentTimeout": _("too slow"),
        "agentUnavailable": _("not reachable"),
        "agentCancelled": _("stopped"),
        "agentInterrupted": _("waiting for an approval"),
        "steps": _("Steps"),
        "sources": _("Sources"),
        "records": _("Records"),
        "page": _("p. %(page)s"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "retry": _("Ask again"),
        "stopped": _("You stopped this answer."),
        "interrupted": _("This answer was interrupted."),
        "degraded": _("Answered without the language model"),
        "degradedHint": _(
            "The language model could not be reached, so this answer was put together by rules."
        ),
        "reconnecting": _("The connection broke. Reconnecting…"),
        "answerReady": _("The answer is complete."),
        "charactersLeft": _("%(count)s characters left"),
        "charactersOver": _("%(count)s characters too many"),
        "earlier": _("Show earlier messages"),
        "seconds": _("%(count)s s"),
        "milliseconds": _("%(count)s ms"),
    }


def _feedback_strings() -> dict[str, str]:
    return {
        "feedback": _("Was this answer good?"),
        "thumbUp": _("Good answer"),
        "thumbDown": _("Bad answer"),
        "feedbackWhyGood": _("What was good? (optional)"),
        "feedbackWhyBad": _("What was wrong or missing? (optional)"),
        "feedbackThanks": _("Thank you. Your comment is saved."),
        "feedbackAdd": _("Add a comment"),
        "feedbackEdit": _("Change the comment"),
        "send": _("Send"),
        "notNow": _("Not now"),
    }


def _conversation_strings() -> dict[str, str]:
    return {
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "lastWeek": _("Previous 7 days"),
        "older": _("Older"),
        "more": _("Show more"),
        "noConversations": _("No conversations yet"),
        "nothingFound": _("Nothing found"),
        "rename": _("Rename"),
        "delete": _("Delete"),
        "options": _("Options"),
        "newConversation": _("New conversation"),
    }


def _memory_strings() -> dict[str, str]:
    return {
        "memoriesLoading": _("Loading…"),
        "memoriesNone": _("Nothing is remembered yet."),
        "memoriesHint": _("Say in a conversation: “Remember that I look after the Busan branch.”"),
        "memory_note": _("Note"),
        "memory_language": _("Preferred language"),
        "memory_format": _("Preferred form of answers"),
        "memory_region": _("Region"),
        "memory_team": _("Team"),
        "forget": _("Forget"),
        "memoryForgotten": _("Forgotten."),
        "memoriesForgotten": _("Everything is forgotten (%(count)s)."),
        "tryAgain": _("Try again"),
    }


def _error_strings() -> dict[str, str]:
    return common_error_strings() | {
        "error_router_unavailable": _(
            "The assistant cannot be reached at the moment. Your question is saved."
        ),
        "error_deadline_exceeded": _(
            "The answer took too long. Your question is saved: try again, or ask for less."
        ),
        "error_turn_failed": _("Something went wrong while answering. Your question is saved."),
        "error_conversation_not_found": _("This conversation does not exist, or is not yours."),
        "error_message_not_found": _("This answer is no longer there."),
        "error_comment_too_long": _("The comment is too long."),
        "error_message_too_long": _("The message is too long."),
        "error_memories_unavailable": _(
            "What is remembered cannot be reached at the moment. Try again in a moment."
        ),
        "error_memories_failed": _("What is remembered could not be read or deleted. Try again in a moment."),
        "error_nothing_waits": _("This was answered already, or given up for another question."),
    }
