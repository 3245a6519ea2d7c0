"""Which entries of the sidebar a person gets."""

from django.http import HttpRequest

from django_admin.accounts.roles import has_role
from narutalk.identity import Role


def may_review(request: HttpRequest) -> bool:
    """Whether to show the conversations."""
    return has_role(request.user, Role.REVIEWER)
