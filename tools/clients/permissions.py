"""Who may see which clients: every query passes through `visible_to`."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from narutalk.errors import Forbidden
from narutalk.identity import Identity, Role

READERS = (Role.USER, Role.MANAGER, Role.HR, Role.REVIEWER)


@dataclass(frozen=True)
class Visibility:
    """What a person may read, as conditions that a query adds to its own.

    Attributes:
        clients: On `clients`; contracts are seen through their client.
        transactions: On `transactions`.
    """

    clients: ColumnElement[bool]
    transactions: ColumnElement[bool]

    @classmethod
    def everything(cls) -> "Visibility":
        """Return the visibility without limits, for the store's own index of names."""
        return cls(clients=true(), transactions=true())


def visible_to(identity: Identity) -> Visibility:
    """Return what a person may read. Everyone with a role reads every client.

    Rules by region or owner belong here: as conditions on `Client` and `Transaction`, which both carry
    ``region_code`` and ``owner_id``.

    Raises:
        Forbidden: The person has no role.
    """
    if not identity.has_role(*READERS):
        raise Forbidden("You are not permitted to read client data. 거래처 정보를 볼 권한이 없습니다.")
    return Visibility.everything()
