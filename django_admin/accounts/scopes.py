"""What an API key may be used for. Each route of `/api` names one scope; a route without one refuses keys."""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Scope(StrEnum):
    """A part of the API. A key opens those that it was made with, and never more than its owner may do."""

    CHAT = "chat"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"
    MEMORIES_READ = "memories:read"
    MEMORIES_WRITE = "memories:write"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    SERVICES_READ = "services:read"


SCOPE_TITLES: dict[Scope, Promise] = {
    Scope.CHAT: _("Ask questions, follow and stop answers"),
    Scope.CONVERSATIONS_READ: _("Read your conversations"),
    Scope.CONVERSATIONS_WRITE: _("Rename, rate and delete your conversations"),
    Scope.DOCUMENTS_READ: _("Read the documents that you may read"),
    Scope.DOCUMENTS_WRITE: _("Add and remove documents, as far as you may"),
    Scope.IMPORTS_READ: _("See what can be imported, and your imports"),
    Scope.IMPORTS_WRITE: _("Import the company’s data, as far as you may"),
    Scope.MEMORIES_READ: _("Read what the assistant remembers of you"),
    Scope.MEMORIES_WRITE: _("Delete what the assistant remembers of you"),
    Scope.REPORTS_READ: _("List and download your reports"),
    Scope.REPORTS_WRITE: _("Delete your reports"),
    Scope.SERVICES_READ: _("See which services are up"),
}


def validate_scopes(scopes: object) -> None:
    """Accept a list of at least one scope.

    Raises:
        ValidationError: It is no list, it is empty, or something else is in it.
    """
    if not isinstance(scopes, list) or not scopes or any(scope not in list(Scope) for scope in scopes):
        raise ValidationError(_("Scopes are a list of: %(names)s."), params={"names": ", ".join(Scope)})
