"""Products and transactions, as files bring them."""

from sqlalchemy import select

from tools.clients.models import (
    Client,
    PaymentStatus,
    Product,
    Transaction,
    TransactionKind,
)
from tools.employees.models import Employee
from tools.imports.kinds import Built, Kind, Known, Values
from tools.imports.problems import Fault
from tools.imports.shapes import (
    CLIENT,
    OWNER,
    PRODUCT,
    OfRows,
    both_names,
    field_called,
    length_of,
    money_called,
    table_of,
)
from tools.imports.values import (
    MAX_INTEGER,
    DateOrder,
    choice_of,
    date_reader,
    employee_id_up_to,
    folded,
    integer_between,
    text_up_to,
)

_PAYMENT = {
    PaymentStatus.PAID: "완납,입금,입금완료,수금,결제완료",
    PaymentStatus.UNPAID: "미납,미수,미수금,미결제,open,pending",
    PaymentStatus.OVERDUE: "연체,late",
}

_KINDS = {TransactionKind.SALE: "판매,매출,출고", TransactionKind.RETURN: "반품,환입,refund"}


def products_kind() -> Kind:
    return Kind(
        name="products",
        database="transactions",
        table=table_of(Product),
        key=("code",),
        builder=_Products,
        fields=(
            field_called("code", *PRODUCT, text_up_to(length_of(Product.code)), required=True),
            field_called(
                "name_ko", ("Korean name",), ("제품명", "품목명", "한글제품명", "이름"), text_up_to(160)
            ),
            field_called(
                "name_en", ("Name", "Product name", "English name"), ("영문제품명", "영문명"), text_up_to(160)
            ),
            field_called(
                "category",
                ("Category", "Product category", "Group"),
                ("분류", "카테고리", "제품분류", "제품군"),
                text_up_to(24),
                required=True,
            ),
            money_called("unit_price", ("Unit price", "Price", "List price"), ("단가", "가격", "판매가")),
        ),
    )


def transactions_kind(order: DateOrder) -> Kind:
    return Kind(
        name="transactions",
        database="transactions",
        table=table_of(Transaction),
        key=("id",),
        builder=_Transactions,
        fields=(
            field_called(
                "id",
                ("Transaction", "Transaction ID", "Transaction number", "Order line"),
                ("거래번호", "전표번호", "거래코드"),
                text_up_to(length_of(Transaction.id)),
                required=True,
            ),
            field_called("client", *CLIENT, text_up_to(length_of(Client.id)), required=True),
            field_called("product", *PRODUCT, text_up_to(160), required=True),
            field_called("owner", *OWNER, employee_id_up_to(length_of(Employee.id))),
            field_called(
                "date",
                ("Date", "Order date", "Transaction date", "Sale date"),
                ("일자", "거래일", "거래일자", "날짜", "판매일"),
                date_reader(order),
                required=True,
            ),
            field_called(
                "kind", ("Kind", "Transaction type", "Type"), ("구분", "거래유형"), choice_of(_KINDS)
            ),
            field_called(
                "quantity",
                ("Quantity", "Qty", "Units"),
                ("수량",),
                integer_between(-MAX_INTEGER),
                required=True,
            ),
            money_called("unit_price", ("Unit price", "Price"), ("단가", "가격")),
            money_called(
                "amount", ("Amount", "Total", "Net amount"), ("금액", "합계", "공급가액"), required=False
            ),
            field_called(
                "payment_status",
                ("Payment status", "Payment", "Paid"),
                ("결제상태", "수금상태", "입금상태"),
                choice_of(_PAYMENT),
            ),
        ),
    )


class _Products(OfRows):
    def __init__(self, known: Known) -> None:
        with known.engines["transactions"].connect() as connection:
            rows = connection.execute(select(Product.code, Product.name_ko, Product.name_en)).all()
        self._names = {(column, row[place]): row[0] for row in rows for place, column in _PRODUCT_NAMES}

    def build(self, values: Values) -> Built:
        names = both_names(values, "name_ko", "name_en")
        for column, name in names.items():
            holder = self._names.setdefault((column, name), values["code"])
            if holder != values["code"]:
                raise Fault("duplicate_value", field=column, other=holder)
        price = _price(values)
        return Built(
            {"code": values["code"], **names, "category": values["category"], "unit_price_krw": price}, {}
        )


_PRODUCT_NAMES = ((1, "name_ko"), (2, "name_en"))


class _Transactions(OfRows):
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
    quantity: int = values["quantity"]
    kind: TransactionKind = TransactionKind.RETURN if quantity < 0 else TransactionKind.SALE
    if quantity == 0:
        raise Fault("kind_contradicts", field="quantity")
    if values.get("kind", kind) != kind:
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
