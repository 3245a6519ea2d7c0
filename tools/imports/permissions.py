"""Refuses who may not import."""

from narutalk.errors import Forbidden
from narutalk.identity import Identity
from narutalk.import_rights import IMPORTERS, ImportingService
from tools.imports.kinds import Database

SERVICES: dict[Database, ImportingService] = {
    "employees": "employee",
    "clients": "client",
    "transactions": "client",
}


def require_import(identity: Identity, database: Database) -> None:
    """Refuse a person who may not import into a database.

    Raises:
        Forbidden: ``import_forbidden``, with the reason in both languages.
    """
    if not identity.has_role(*IMPORTERS[SERVICES[database]]):
        who = (
            {"en": "HR", "ko": "인사 담당자"}
            if database == "employees"
            else {"en": "managers", "ko": "관리 직책자"}
        )
        english = f"You may not import this data: {who['en']} and administrators may."
        korean = f"이 자료를 가져올 권한이 없습니다. {who['ko']}와 관리자만 가져올 수 있습니다."
        raise Forbidden(english, code="import_forbidden", details={"en": english, "ko": korean})
