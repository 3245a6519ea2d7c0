"""From a signed-in person to the identity that the services verify."""

from django_admin.accounts.models import User
from narutalk.identity import Identity, Role


def identity_of(user: User, *, conversation_id: str | None = None) -> Identity:
    """Return whom the services deal with when this person asks. Reads the person's groups."""
    roles = {Role.USER.value, *user.roles}
    if user.is_superuser:
        roles.add(Role.ADMIN.value)
    return Identity(
        user_id=str(user.pk),
        username=user.get_username(),
        roles=frozenset(roles),
        groups=frozenset(user.groups.values_list("name", flat=True)),
        conversation_id=conversation_id,
    )
