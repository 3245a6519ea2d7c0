"""Clients and contracts, as files bring them; and all kinds of their two databases."""

from typing import Any

from sqlalchemy import Table, select

from tools.clients.models import (
    Client,
    ClientRegion,
    ClientStatus,
    ClientType,
    Contract,
    ContractStatus,
)
from tools.employees.models import Employee
from tools.imports.kinds import Built, Kind, Known, Values
from tools.imports.places import Places
from tools.imports.problems import Fault
from tools.imports.shapes import (
    CLIENT,
    OWNER,
    OfRows,
    both_names,
    field_called,
    length_of,
    money_called,
    table_of,
)
from tools.imports.transaction_kinds import products_kind, transactions_kind
from tools.imports.values import (
    DateOrder,
    choice_of,
    date_reader,
    employee_id_up_to,
    integer_between,
    read_bool,
    read_email,
    read_phone,
    text_up_to,
)

DEFAULT_PAYMENT_TERMS_DAYS = 30

MAX_PAYMENT_TERMS_DAYS = 3650

_CONTACT = ("phone", "address", "contact_name", "contact_email")

_CLIENT_TYPES = {
    ClientType.HOSPITAL: "병원,종합병원",
    ClientType.CLINIC: "의원,클리닉",
    ClientType.PHARMACY: "약국",
    ClientType.WHOLESALER: "도매,도매상,도매업체,wholesale",
}

_CLIENT_STATUS = {
    ClientStatus.ACTIVE: "거래중,거래,활성,정상",
    ClientStatus.INACTIVE: "휴면,중단,거래중단,비활성,dormant,closed",
}

_CONTRACT_STATUS = {
    ContractStatus.PENDING: "예정,대기,협의중,draft",
    ContractStatus.ACTIVE: "유효,진행,진행중,체결",
    ContractStatus.EXPIRED: "만료,종료,ended",
    ContractStatus.TERMINATED: "해지,중도해지,cancelled,canceled",
}


def client_kinds(order: DateOrder) -> tuple[Kind, ...]:
    """Return the kinds of the client and the transaction database."""
    return _clients(order), _contracts(order), products_kind(), transactions_kind(order)


def _clients(order: DateOrder) -> Kind:
    text = text_up_to
    return Kind(
        name="clients",
        database="clients",
        table=table_of(Client),
        key=("id",),
        builder=_Clients,
        fields=(
            field_called("id", *CLIENT, text(length_of(Client.id)), required=True),
            field_called(
                "name_ko", ("Korean name",), ("거래처명", "고객명", "상호", "한글명", "이름"), text(80)
            ),
            field_called(
                "name_en",
                ("Name", "Client name", "Customer name", "Company name", "Company", "English name"),
                ("영문명", "영문거래처명", "영문상호"),
                text(120),
            ),
            field_called(
                "client_type",
                ("Type", "Client type", "Customer type"),
                ("유형", "거래처유형", "구분", "종류"),
                choice_of(_CLIENT_TYPES),
                required=True,
            ),
            field_called(
                "region",
                ("Region", "Area", "Region code"),
                ("지역", "권역", "지역코드"),
                text(80),
                required=True,
            ),
            field_called(
                "grade",
                ("Grade", "Class", "Tier"),
                ("등급", "거래처등급"),
                choice_of(dict.fromkeys("ABCD", "")),
                required=True,
            ),
            field_called("owner", *OWNER, employee_id_up_to(length_of(Employee.id)), required=True),
            field_called("owner_name_ko", ("Owner Korean name",), ("담당자명", "담당자이름"), text(40)),
            field_called("owner_name_en", ("Owner name", "Salesperson name"), ("담당자영문명",), text(80)),
            field_called(
                "status", ("Status", "Client status"), ("상태", "거래상태"), choice_of(_CLIENT_STATUS)
            ),
            field_called(
                "since",
                ("Since", "Client since", "First order", "Registered"),
                ("거래시작일", "등록일", "개시일"),
                date_reader(order),
                required=True,
            ),
            field_called("phone", ("Phone", "Telephone", "Tel"), ("전화", "전화번호", "연락처"), read_phone),
            field_called("address", ("Address",), ("주소",), text(160)),
            field_called(
                "contact_name",
                ("Contact", "Contact name", "Contact person", "Primary contact"),
                ("거래처담당자", "고객담당자", "연락담당자", "연락담당자명"),
                text(80),
            ),
            field_called(
                "contact_email",
                ("E-mail", "Email", "Email address", "Contact e-mail", "Contact email"),
                ("이메일", "메일", "전자우편", "거래처이메일", "연락이메일", "연락담당자이메일"),
                read_email,
            ),
        ),
    )


def _contracts(order: DateOrder) -> Kind:
    return Kind(
        name="contracts",
        database="clients",
        table=table_of(Contract),
        key=("id",),
        builder=_Contracts,
        fields=(
            field_called(
                "id",
                ("Contract", "Contract ID", "Contract number", "Contract no"),
                ("계약번호", "계약코드"),
                text_up_to(length_of(Contract.id)),
                required=True,
            ),
            field_called("client", *CLIENT, text_up_to(length_of(Client.id)), required=True),
            field_called("title_ko", ("Korean title",), ("계약명", "제목", "계약제목"), text_up_to(160)),
            field_called(
                "title_en",
                ("Title", "Contract title", "Subject"),
                ("영문계약명", "영문제목"),
                text_up_to(160),
            ),
            field_called(
                "start_date",
                ("Start date", "Start", "From", "Valid from"),
                ("시작일", "계약시작일", "계약일"),
                date_reader(order),
                required=True,
            ),
            field_called(
                "end_date",
                ("End date", "End", "To", "Valid to", "Expires"),
                ("종료일", "계약종료일", "만료일"),
                date_reader(order),
                required=True,
            ),
            money_called(
                "annual_value",
                ("Annual value", "Yearly value", "Value", "Contract value"),
                ("연간금액", "연간계약금액", "계약금액"),
            ),
            field_called(
                "payment_terms_days",
                ("Payment terms days", "Payment terms", "Terms"),
                ("결제조건", "지급조건", "결제일수"),
                integer_between(0, MAX_PAYMENT_TERMS_DAYS),
            ),
            field_called(
                "auto_renewal", ("Auto renewal", "Renewal", "Renews"), ("자동갱신", "갱신"), read_bool
            ),
            field_called(
                "status",
                ("Status", "Contract status"),
                ("상태", "계약상태"),
                choice_of(_CONTRACT_STATUS),
                required=True,
            ),
        ),
    )


class _Clients(OfRows):
    def __init__(self, known: Known) -> None:
        with known.engines["clients"].connect() as connection:
            self._regions = Places(
                table_of(ClientRegion), "region_unknown", connection, create=known.create_places
            )
            owners = select(Client.owner_id, Client.owner_name_ko, Client.owner_name_en).distinct()
            self._owners = {row[0]: (row[1], row[2]) for row in connection.execute(owners)}
        if "employees" in known.engines:
            with known.engines["employees"].connect() as connection:
                people = select(Employee.id, Employee.name_ko, Employee.name_en)
                self._owners |= {row[0]: (row[1], row[2]) for row in connection.execute(people)}

    def build(self, values: Values) -> Built:
        try:
            region = self._regions.code(values["region"])
        except Fault as fault:
            fault.field = "region"
            raise
        columns = {
            "id": values["id"],
            **both_names(values, "name_ko", "name_en", limit_ko=80),
            "client_type": values["client_type"].value,
            "region_code": region,
            "grade": values["grade"],
            **self._owner(values),
            "since": values["since"],
        }
        if "status" in values:
            columns["status"] = values["status"].value
        columns |= {name: values[name] for name in _CONTACT if name in values}
        return Built(columns, {"status": ClientStatus.ACTIVE.value, **dict.fromkeys(_CONTACT, "")})

    def places(self) -> dict[Table, list[dict[str, Any]]]:
        return {self._regions.table: self._regions.new}

    def _owner(self, values: Values) -> dict[str, str]:
        name_ko, name_en = values.get("owner_name_ko"), values.get("owner_name_en")
        known = self._owners.get(values["owner"])
        if known is None and not (name_ko or name_en):
            raise Fault("owner_unknown", field="owner")
        known_ko, known_en = known or (name_ko or name_en, name_en or name_ko)
        return {
            "owner_id": values["owner"],
            "owner_name_ko": str(name_ko or known_ko)[:40],
            "owner_name_en": str(name_en or known_en),
        }


class _Contracts(OfRows):
    def __init__(self, known: Known) -> None:
        with known.engines["clients"].connect() as connection:
            self._clients = set(connection.scalars(select(Client.id)))

    def build(self, values: Values) -> Built:
        if values["client"] not in self._clients:
            raise Fault("client_unknown", field="client")
        if values["end_date"] <= values["start_date"]:
            raise Fault("ends_before_start", field="end_date")
        if values["annual_value"] <= 0:
            raise Fault("money_not_positive", field="annual_value")
        columns = {
            "id": values["id"],
            "client_id": values["client"],
            **both_names(values, "title_ko", "title_en"),
            "start_date": values["start_date"],
            "end_date": values["end_date"],
            "annual_value_krw": values["annual_value"],
            "status": values["status"].value,
        }
        optional = ("payment_terms_days", "auto_renewal")
        columns |= {name: values[name] for name in optional if name in values}
        return Built(columns, {"payment_terms_days": DEFAULT_PAYMENT_TERMS_DAYS, "auto_renewal": False})
