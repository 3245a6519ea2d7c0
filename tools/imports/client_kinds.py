"""Clients, contracts, products and transactions, as files bring them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, select

from tools.clients.models import (
    Client,
    ClientRegion,
    ClientStatus,
    ClientType,
    Contract,
    ContractStatus,
    PaymentStatus,
    Product,
    Transaction,
    TransactionKind,
)
from tools.employees.models import Employee
from tools.imports.kinds import Built, Field, Kind, Known, Values
from tools.imports.places import Places
from tools.imports.problems import Fault
from tools.imports.values import (
    MAX_INTEGER,
    DateOrder,
    choice_of,
    date_reader,
    folded,
    integer_between,
    read_amount,
    read_bool,
    text_up_to,
)

DEFAULT_PAYMENT_TERMS_DAYS = 30
MAX_PAYMENT_TERMS_DAYS = 3650

_CLIENT = (
    ("Client", "Client ID", "Customer ID", "Customer", "Account ID"),
    ("거래처코드", "거래처번호", "고객번호", "거래처"),
)
_OWNER = (
    ("Owner", "Owner ID", "Salesperson", "Sales rep", "Employee ID", "Employee"),
    ("담당자사번", "담당자", "담당", "영업사원"),
)
_PRODUCT = ("Product", "Product code", "Product ID", "SKU"), ("제품코드", "품목코드", "제품", "품목")
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
_PAYMENT = {
    PaymentStatus.PAID: "완납,입금,입금완료,수금,결제완료",
    PaymentStatus.UNPAID: "미납,미수,미수금,미결제,open,pending",
    PaymentStatus.OVERDUE: "연체,late",
}
_KINDS = {TransactionKind.SALE: "판매,매출,출고", TransactionKind.RETURN: "반품,환입,refund"}


def client_kinds(order: DateOrder) -> tuple[Kind, ...]:
    """Return the kinds of the client and the transaction database."""
    return _clients(order), _contracts(order), _products(), _transactions(order)


def _clients(order: DateOrder) -> Kind:
    text = text_up_to
    return Kind(
        name="clients",
        database="clients",
        table=_table(Client),
        key=("id",),
        builder=_Clients,
        fields=(
            _field("id", *_CLIENT, text(_length(Client.id)), required=True),
            _field("name_ko", ("Korean name",), ("거래처명", "고객명", "상호", "한글명", "이름"), text(80)),
            _field(
                "name_en",
                ("Name", "Client name", "Customer name", "Company name", "Company", "English name"),
                ("영문명", "영문거래처명", "영문상호"),
                text(120),
            ),
            _field(
                "client_type",
                ("Type", "Client type", "Customer type"),
                ("유형", "거래처유형", "구분", "종류"),
                choice_of(_CLIENT_TYPES),
                required=True,
            ),
            _field(
                "region",
                ("Region", "Area", "Region code"),
                ("지역", "권역", "지역코드"),
                text(80),
                required=True,
            ),
            _field(
                "grade",
                ("Grade", "Class", "Tier"),
                ("등급", "거래처등급"),
                choice_of(dict.fromkeys("ABCD", "")),
                required=True,
            ),
            _field("owner", *_OWNER, text(_length(Employee.id)), required=True),
            _field("owner_name_ko", ("Owner Korean name",), ("담당자명", "담당자이름"), text(40)),
            _field("owner_name_en", ("Owner name", "Salesperson name"), ("담당자영문명",), text(80)),
            _field("status", ("Status", "Client status"), ("상태", "거래상태"), choice_of(_CLIENT_STATUS)),
            _field(
                "since",
                ("Since", "Client since", "First order", "Registered"),
                ("거래시작일", "등록일", "개시일"),
                date_reader(order),
                required=True,
            ),
            _field("phone", ("Phone", "Telephone", "Tel"), ("전화", "전화번호", "연락처"), text(24)),
            _field("address", ("Address",), ("주소",), text(160)),
        ),
    )


def _contracts(order: DateOrder) -> Kind:
    return Kind(
        name="contracts",
        database="clients",
        table=_table(Contract),
        key=("id",),
        builder=_Contracts,
        fields=(
            _field(
                "id",
                ("Contract", "Contract ID", "Contract number", "Contract no"),
                ("계약번호", "계약코드"),
                text_up_to(_length(Contract.id)),
                required=True,
            ),
            _field("client", *_CLIENT, text_up_to(_length(Client.id)), required=True),
            _field("title_ko", ("Korean title",), ("계약명", "제목", "계약제목"), text_up_to(160)),
            _field(
                "title_en",
                ("Title", "Contract title", "Subject"),
                ("영문계약명", "영문제목"),
                text_up_to(160),
            ),
            _field(
                "start_date",
                ("Start date", "Start", "From", "Valid from"),
                ("시작일", "계약시작일", "계약일"),
                date_reader(order),
                required=True,
            ),
            _field(
                "end_date",
                ("End date", "End", "To", "Valid to", "Expires"),
                ("종료일", "계약종료일", "만료일"),
                date_reader(order),
                required=True,
            ),
            _money(
                "annual_value",
                ("Annual value", "Yearly value", "Value", "Contract value"),
                ("연간금액", "연간계약금액", "계약금액"),
            ),
            _field(
                "payment_terms_days",
                ("Payment terms days", "Payment terms", "Terms"),
                ("결제조건", "지급조건", "결제일수"),
                integer_between(0, MAX_PAYMENT_TERMS_DAYS),
            ),
            _field("auto_renewal", ("Auto renewal", "Renewal", "Renews"), ("자동갱신", "갱신"), read_bool),
            _field(
                "status",
                ("Status", "Contract status"),
                ("상태", "계약상태"),
                choice_of(_CONTRACT_STATUS),
                required=True,
            ),
        ),
    )


def _products() -> Kind:
    return Kind(
        name="products",
        database="transactions",
        table=_table(Product),
        key=("code",),
        builder=_Products,
        fields=(
            _field("code", *_PRODUCT, text_up_to(_length(Product.code)), required=True),
            _field("name_ko", ("Korean name",), ("제품명", "품목명", "한글제품명", "이름"), text_up_to(160)),
            _field(
                "name_en", ("Name", "Product name", "English name"), ("영문제품명", "영문명"), text_up_to(160)
            ),
            _field(
                "category",
                ("Category", "Product category", "Group"),
                ("분류", "카테고리", "제품분류", "제품군"),
                text_up_to(24),
                required=True,
            ),
            _money("unit_price", ("Unit price", "Price", "List price"), ("단가", "가격", "판매가")),
        ),
    )


def _transactions(order: DateOrder) -> Kind:
    return Kind(
        name="transactions",
        database="transactions",
        table=_table(Transaction),
        key=("id",),
        builder=_Transactions,
        fields=(
            _field(
                "id",
                ("Transaction", "Transaction ID", "Transaction number", "Order line"),
                ("거래번호", "전표번호", "거래코드"),
                text_up_to(_length(Transaction.id)),
                required=True,
            ),
            _field("client", *_CLIENT, text_up_to(_length(Client.id)), required=True),
            _field("product", *_PRODUCT, text_up_to(160), required=True),
            _field("owner", *_OWNER, text_up_to(_length(Employee.id))),
            _field(
                "date",
                ("Date", "Order date", "Transaction date", "Sale date"),
                ("일자", "거래일", "거래일자", "날짜", "판매일"),
                date_reader(order),
                required=True,
            ),
            _field("kind", ("Kind", "Transaction type", "Type"), ("구분", "거래유형"), choice_of(_KINDS)),
            _field(
                "quantity",
                ("Quantity", "Qty", "Units"),
                ("수량",),
                integer_between(-MAX_INTEGER),
                required=True,
            ),
            _money("unit_price", ("Unit price", "Price"), ("단가", "가격")),
            _money("amount", ("Amount", "Total", "Net amount"), ("금액", "합계", "공급가액"), required=False),
            _field(
                "payment_status",
                ("Payment status", "Payment", "Paid"),
                ("결제상태", "수금상태", "입금상태"),
                choice_of(_PAYMENT),
            ),
        ),
    )


class _OfRows:
    """A builder whose rows need no look at all of them together."""

    def check_all(self) -> list[Fault]:
        return []

    def places(self) -> dict[Table, list[dict[str, Any]]]:
        return {}


class _Clients(_OfRows):
    def __init__(self, known: Known) -> None:
        with known.engines["clients"].connect() as connection:
            self._regions = Places(
                _table(ClientRegion), "region_unknown", connection, create=known.create_places
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
            **_both_names(values, "name_ko", "name_en", limit_ko=80),
            "client_type": values["client_type"].value,
            "region_code": region,
            "grade": values["grade"],
            **self._owner(values),
            "since": values["since"],
        }
        if "status" in values:
            columns["status"] = values["status"].value
        columns |= {name: values[name] for name in ("phone", "address") if name in values}
        return Built(columns, {"status": ClientStatus.ACTIVE.value, "phone": "", "address": ""})

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


class _Contracts(_OfRows):
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
            **_both_names(values, "title_ko", "title_en"),
            "start_date": values["start_date"],
            "end_date": values["end_date"],
            "annual_value_krw": values["annual_value"],
            "status": values["status"].value,
        }
        optional = ("payment_terms_days", "auto_renewal")
        columns |= {name: values[name] for name in optional if name in values}
        return Built(columns, {"payment_terms_days": DEFAULT_PAYMENT_TERMS_DAYS, "auto_renewal": False})


class _Products(_OfRows):
    def __init__(self, known: Known) -> None:
        with known.engines["transactions"].connect() as connection:
            rows = connection.execute(select(Product.code, Product.name_ko, Product.name_en)).all()
        self._names = {(column, row[place]): row[0] for row in rows for place, column in _PRODUCT_NAMES}

    def build(self, values: Values) -> Built:
        names = _both_names(values, "name_ko", "name_en")
        for column, name in names.items():
            holder = self._names.setdefault((column, name), values["code"])
            if holder != values["code"]:
                raise Fault("duplicate_value", field=column, other=holder)
        price = _price(values)
        return Built(
            {"code": values["code"], **names, "category": values["category"], "unit_price_krw": price}, {}
        )


_PRODUCT_NAMES = ((1, "name_ko"), (2, "name_en"))


class _Transactions(_OfRows):
    """A sale or a return. The client's type, region and owner are kept as they are when the row is new."""

    def __init__(self, known: Known) -> None:
        with known.engines["clients"].connect() as connection:
            query = select(Client.id, Client.client_type, Client.region_code, Client.owner_id)
            self._clients = {row[0]: tuple(row)[1:] for row in connection.execute(query)}
        with known.engines["transactions"].connect() as connection:
            rows = connection.execute(select(Product.code, Product.name_ko, Product.name_en)).all()
        self._codes = {row.code for row in rows}
        self._products = {folded(name): row[0] for row in rows for name in tuple(row)}

    def build(self, values: Values) -> Built:
        client = self._clients.get(values["client"])
        if client is None:
            raise Fault("client_unknown", field="client")
        quantity, price = values["quantity"], _price(values)
        _check_amount(values, quantity * price)
        columns = {
            "id": values["id"],
            "client_id": values["client"],
            "product_code": self._product(values["product"]),
            "date": values["date"],
            "kind": _kind(values).value,
            "quantity": quantity,
            "unit_price_krw": price,
            "amount_krw": quantity * price,
        }
        if "owner" in values:
            columns["owner_id"] = values["owner"]
        if "payment_status" in values:
            columns["payment_status"] = values["payment_status"].value
        kept = dict(zip(("client_type", "region_code", "owner_id"), client, strict=True))
        return Built(columns, {**kept, "payment_status": PaymentStatus.PAID.value})

    def _product(self, said: str) -> str:
        code = said if said in self._codes else self._products.get(folded(said))
        if code is None:
            raise Fault("product_unknown", field="product")
        return code


def _kind(values: Values) -> TransactionKind:
    quantity = values["quantity"]
    kind = TransactionKind.RETURN if quantity < 0 else TransactionKind.SALE
    if quantity == 0:
        raise Fault("kind_contradicts", field="quantity")
    if values.get("kind", kind) is not kind:
        raise Fault("kind_contradicts", field="kind")
    return kind


def _check_amount(values: Values, expected: int) -> None:
    if values.get("amount", expected) != expected:
        raise Fault("amount_mismatch", field="amount", expected=f"{expected:,}")


def _price(values: Values) -> int:
    """A column of 32 bits holds it."""
    price = int(values["unit_price"])
    if price < 0:
        raise Fault("money_negative", field="unit_price")
    if price > MAX_INTEGER:
        raise Fault("money_range", field="unit_price")
    return price


def _both_names(values: Values, korean: str, english: str, *, limit_ko: int = 160) -> dict[str, str]:
    name_ko, name_en = values.get(korean), values.get(english)
    if not name_ko and not name_en:
        raise Fault("name_required", field=english)
    if not name_ko and len(str(name_en)) > limit_ko:
        raise Fault("text_too_long", field=english, limit=limit_ko)
    return {korean: name_ko or name_en, english: name_en or name_ko}


def _field(
    name: str,
    english: tuple[str, ...],
    korean: tuple[str, ...],
    read: Callable[[str], Any],
    *,
    required: bool = False,
) -> Field:
    return Field(name=name, headers_en=english, headers_ko=korean, read=read, required=required)


def _money(name: str, english: tuple[str, ...], korean: tuple[str, ...], *, required: bool = True) -> Field:
    return Field(
        name=name, headers_en=english, headers_ko=korean, read=read_amount, required=required, is_money=True
    )


def _length(column: Any) -> int:
    return int(column.type.length)


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
