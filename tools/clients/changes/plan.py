"""A change that can be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.clients.models import ChangeKind
from tools.clients.records import ChangeRecord, ClientRecord, ContractRecord


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a change would do.

    Attributes:
        before: What would change, as it is, by column; dates as ISO text. Empty for a note that is added.
        after: The same, as it would be; empty for a note that goes.
        undone: The change that this one would take back.
    """

    kind: ChangeKind
    client: ClientRecord
    contract: ContractRecord | None = None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    undone: ChangeRecord | None = None

    @property
    def subject(self) -> dict[str, str | None]:
        """Which record it would change; an edit must not make that another one."""
        return {
            "client_id": self.client.id,
            "contract_id": self.contract.id if self.contract else None,
            "undoes": self.undone.id if self.undone else None,
        }
