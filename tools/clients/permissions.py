"""Who may see which clients: every query passes through `visible_to`, every name through `regions_of`.

A group named ``region:<CODE>`` limits a person to the clients, transactions and contracts of that region;
several such groups add up. Who is in none sees every region, and so do managers and administrators. What
lies in another region looks as if it did not exist. Other groups change nothing here.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from narutalk.errors import Forbidden
from narutalk.identity import REGION_GROUP_PREFIX, Identity, Role
from tools.clients.models import Client, Transaction

READERS = (Role.USER, Role.MANAGER, Role.HR, Role.REVIEWER)
READERS_OF_ALL_REGIONS = (Role.MANAGER,)


@dataclass(frozen=True)
class Visibility:
    """What a person may read, as conditions that a query adds to its own.

    Attributes:
        clients: On `clients`; contracts are seen through their client.
        transactions: On `transactions`, by the region at the time of the sale.
    """

    clients: ColumnElement[bool]
    transactions: ColumnElement[bool]

    @classmethod
    def everything(cls) -> "Visibility":
        """Return the visibility without limits, for the store's own index of names."""
        return cls(clients=true(), transactions=true())

    @classmethod
    def of_regions(cls, codes: frozenset[str]) -> "Visibility":
        """Return the visibility of some regions; of no known region it is nothing."""
        return cls(
            clients=Client.region_code.in_(sorted(codes)),
            transactions=Transaction.region_code.in_(sorted(codes)),
        )


def visible_to(identity: Identity) -> Visibility:
    """Return what a person may read.

    Raises:
        Forbidden: The person has no role.
    """
    codes = regions_of(identity)
    return Visibility.everything() if codes is None else Visibility.of_regions(codes)


def regions_of(identity: Identity) -> frozenset[str] | None:
    """Return the codes of the regions a person is limited to, in capitals; None for no limit.

    Raises:
        Forbidden: The person has no role.
    """
    if not identity.has_role(*READERS):
        raise Forbidden("You are not permitted to read client data. 거래처 정보를 볼 권한이 없습니다.")
    if identity.has_role(*READERS_OF_ALL_REGIONS):
        return None
    # However it is spelled: a group that is meant to limit, but is overlooked, would open everything.
    folded = [group.strip().casefold() for group in identity.groups]
    limits = [group for group in folded if group.startswith(REGION_GROUP_PREFIX)]
    if not limits:
        return None
    return frozenset(group.removeprefix(REGION_GROUP_PREFIX).strip().upper() for group in limits)
