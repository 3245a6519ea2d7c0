"""Who may import the company's data; nothing else decides."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from narutalk.identity import Role

ImportingService = Literal["employee", "client"]

IMPORTERS: Mapping[ImportingService, tuple[Role, ...]] = MappingProxyType(
    {"employee": (Role.HR,), "client": (Role.MANAGER,)}
)
"""By the service that imports; beside administrators, who may import everything."""
