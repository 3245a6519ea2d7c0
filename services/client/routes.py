"""The client service's REST routes. Plain functions: FastAPI runs them in its thread pool."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.agent_server.auth import Caller
from services.client.requests import default_period, find_owner, find_period, find_product, find_region
from services.client.resources import ClientResources, resources
from services.client.schemas import (
    MAX_LIMIT,
    PERIOD_TEXT,
    AnalyzeRequest,
    AnalyzeResponse,
    ChangePage,
    ClientName,
    ClientPage,
    ContractPage,
    PeriodInfo,
    TransactionPage,
    next_offset,
)
from services.imports import (
    IMPORT_REFUSED,
    ImportHistory,
    ImportKinds,
    import_body,
    import_upload,
    importable,
    imported,
)
from tools.clients.analyses import analyze
from tools.clients.arguments import Grade
from tools.clients.models import ClientStatus, ClientType, ContractStatus, PaymentStatus, TransactionKind
from tools.clients.permissions import require_change
from tools.clients.records import ClientFilter, ClientRecord, ContractFilter, SalesFilter
from tools.imports.catalogue import CLIENT_KINDS
from tools.imports.importer import ImportResult

router = APIRouter(tags=["clients"])

Resources = Annotated[ClientResources, Depends(resources)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Amount = Annotated[int | None, Query(ge=-(10**12), le=10**12, description="In KRW, inclusive.")]
ClientId = Annotated[str | None, Query(min_length=1, max_length=32, examples=["C0042"])]
Region = Annotated[str | None, Query(min_length=1, max_length=80, examples=["Busan", "부산"])]
Product = Annotated[str | None, Query(min_length=1, max_length=80, examples=["Cardivel", "CV-010"])]
PersonName = Annotated[str | None, Query(min_length=1, max_length=80, examples=["김민수", "E0042"])]
PeriodText = Annotated[
    str | None, Query(min_length=1, max_length=40, description=PERIOD_TEXT, examples=["2026-Q3"])
]


@router.get("/clients")
def list_clients(
    opened: Resources,
    caller: Caller,
    name: Annotated[str | None, Query(min_length=2, max_length=80, examples=["한빛", "Hanbit"])] = None,
    client_type: ClientType | None = None,
    region: Region = None,
    grade: Grade | None = None,
    owner: PersonName = None,
    status: ClientStatus | None = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> ClientPage:
    """List clients, the best grade first; ``name`` is an id, a name, or a part of one in either script."""
    region_code = find_region(opened.store, caller, region)
    owner_id = find_owner(opened.store, caller, owner, region_code)
    wanted = ClientFilter(
        client_type=client_type,
        region_code=region_code,
        grade=grade,
        owner_ids=(owner_id,) if owner_id else None,
        status=status,
        ids=opened.store.search_names(caller, name) if name else None,
    )
    page = opened.store.clients(caller, wanted, limit=limit, offset=offset)
    return ClientPage(
        clients=page.records,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.records), page.total),
    )


@router.get("/clients/{client_id}")
def read_client(opened: Resources, caller: Caller, client_id: str) -> ClientRecord:
    """Return a client."""
    return opened.store.client(caller, client_id)


@router.get("/clients/{client_id}/changes")
def list_changes(
    opened: Resources, caller: Caller, client_id: str, limit: Limit = 20, offset: Offset = 0
) -> ChangePage:
    """List who changed a client and its contracts, when and why, the newest first.

    For those who may change the client; 403 ``change_forbidden`` for others who may see it.
    """
    require_change(caller, opened.store.client(caller, client_id))
    page = opened.ledger.of_client(client_id, limit=limit, offset=offset)
    return ChangePage(
        changes=page.records,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.records), page.total),
    )


@router.get("/transactions")
def list_transactions(
    opened: Resources,
    caller: Caller,
    client_id: ClientId = None,
    period: PeriodText = None,
    product: Product = None,
    region: Region = None,
    client_type: ClientType | None = None,
    kind: TransactionKind | None = None,
    payment_status: PaymentStatus | None = None,
    min_amount_krw: Amount = None,
    max_amount_krw: Amount = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> TransactionPage:
    """List transactions, the newest first, with the sum of all that fit."""
    wanted = SalesFilter(
        client_id=client_id,
        period=find_period(opened.store, period),
        region_code=find_region(opened.store, caller, region),
        client_type=client_type,
        product_code=find_product(opened.store, caller, product),
        kind=kind,
        payment_statuses=(payment_status,) if payment_status else None,
        min_amount_krw=min_amount_krw,
        max_amount_krw=max_amount_krw,
    )
    page = opened.store.transactions(caller, wanted, limit=limit, offset=offset)
    return TransactionPage(
        transactions=page.records,
        net_amount_krw=opened.store.total(caller, wanted).amount_krw,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.records), page.total),
    )


@router.get("/contracts")
def list_contracts(
    opened: Resources,
    caller: Caller,
    client_id: ClientId = None,
    status: ContractStatus | None = None,
    period: PeriodText = None,
    region: Region = None,
    client_type: ClientType | None = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> ContractPage:
    """List contracts in the order in which they end; ``period`` is when they end."""
    wanted = ContractFilter(
        client_id=client_id,
        status=status,
        ends_in=find_period(opened.store, period),
        region_code=find_region(opened.store, caller, region),
        client_type=client_type,
    )
    page = opened.store.contracts(caller, wanted, limit=limit, offset=offset)
    return ContractPage(
        contracts=page.records,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.records), page.total),
    )


@router.post("/analyze")
def analyze_clients(opened: Resources, caller: Caller, asked: AnalyzeRequest) -> AnalyzeResponse:
    """Analyse one client, or all: in general, their sales, the risk that they leave, their contracts."""
    client = opened.store.client(caller, asked.client_id) if asked.client_id else None
    named = find_period(opened.store, asked.period)
    period = named or default_period(opened.store, asked.analysis_type)
    return AnalyzeResponse(
        analysis_type=asked.analysis_type,
        client=ClientName(id=client.id, name=client.name) if client else None,
        period=PeriodInfo(start=period.start, end=period.end, assumed=named is None),
        result=analyze(
            opened.store, caller, asked.analysis_type, client_id=client.id if client else None, period=period
        ),
    )


@router.post("/import", openapi_extra=import_body(CLIENT_KINDS), responses=IMPORT_REFUSED)
async def import_data(request: Request, opened: Resources, caller: Caller) -> ImportResult:
    """Import clients, contracts, products and transactions from a CSV or XLSX file: all of it or nothing.

    With ``dry_run`` only say what would happen. Rows that are wrong are listed in ``problems``, and then
    nothing is written. For managers and administrators; 403 ``import_forbidden`` for others.
    """
    return await import_upload(request, caller, opened.imports)


@router.get("/import/kinds", responses=IMPORT_REFUSED)
def import_kinds(opened: Resources, caller: Caller) -> ImportKinds:
    """What can be imported here, and what its columns are called. As for ``POST /import``: 403 for others."""
    return importable(caller, opened.imports)


@router.get("/imports", responses=IMPORT_REFUSED)
def import_history(
    opened: Resources, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> ImportHistory:
    """The last imports, the newest first, whoever made them; for those who may import, 403 for others."""
    return imported(caller, opened.imports, limit=limit)
