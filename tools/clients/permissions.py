"""Who may see which clients: every query passes through `visible_to`, every name through `limits_of`.

A group named ``region:<CODE>`` limits a person to the clients, transactions and contracts of that region;
several such groups add up. Who is in none sees every region, and so do managers and administrators. What
lies in another region looks as if it did not exist. The group ``clients:own`` limits a person to the clients
they look after, as the employee that `Identity.employee_id` says: who is none sees no client. Both limits
hold at once. Other groups change nothing here.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, true

from narutalk.errors import Forbidden
from narutalk.identity import OWN_CLIENTS_GROUP, REGION_GROUP_PREFIX, Identity, Role
from tools.clients.models import Client, Transaction

READERS = (Role.USER, Role.MANAGER, Role.HR, Role.REVIEWER)
READERS_OF_ALL_REGIONS = (Role.MANAGER,)
NOBODY = ""
"""As an owner: of no client."""


class Limits(NamedTuple):
    """What a person is limited to; None for no limit.

    Attributes:
        regions: Codes, in capitals.
        owner_id: Of the employee who looks after the clients.
    """

    regions: frozenset[str] | None = None
    owner_id: str | None = None


@dataclass(frozen=True)
class Visibility:
    """What a person may read, as conditions that a query adds to its own.

    Attributes:
        clients: On `clients`; contracts are seen through their client.
        transactions: On `transactions`, by the region and the owner at the time of the sale.
    """

    clients: ColumnElement[bool]
    transactions: ColumnElement[bool]

    @classmethod
    def everything(cls) -> "Visibility":
        """Return the visibility without limits, for the store's own index of names."""
        return cls(clients=true(), transactions=true())

    @classmethod
    def within(cls, limits: Limits) -> "Visibility":
        """Return the visibility within limits; of no known region, or owner, it is nothing."""
        clients: list[ColumnElement[bool]] = [true()]
        transactions: list[ColumnElement[bool]] = [true()]
        if limits.regions is not None:
            clients.append(Client.region_code.in_(sorted(limits.regions)))
            transactions.append(Transaction.region_code.in_(sorted(limits.regions)))
        if limits.owner_id is not None:
            clients.append(Client.owner_id == limits.owner_id)
            transactions.append(Transaction.owner_id == limits.owner_id)
        return cls(clients=and_(*clients), transactions=and_(*transactions))


def visible_to(identity: Identity) -> Visibility:
    """Return what a person may read.

    Raises:
        Forbidden: The person has no role.
    """
    return Visibility.within(limits_of(identity))


def limits_of(identity: Identity) -> Limits:
    """Return what a person is limited to.

    Raises:
        Forbidden: The person has no role.
    """
    if not identity.has_role(*READERS):
        raise Forbidden("You are not permitted to read client data. 거래처 정보를 볼 권한이 없습니다.")
    if identity.has_role(*READERS_OF_ALL_REGIONS):
        return Limits()
    # However it is spelled: a group that is meant to limit, but is overlooked, would open everything.
    folded = [group.strip().casefold() for group in identity.groups]
    named = [group for group in folded if group.startswith(REGION_GROUP_PREFIX)]
    codes = frozenset(group.removeprefix(REGION_GROUP_PREFIX).strip().upper() for group in named)
    is_owner = OWN_CLIENTS_GROUP in folded
    return Limits(codes if named else None, (identity.employee_id or NOBODY) if is_owner else None)
