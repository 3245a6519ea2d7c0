"""The client service's REST routes. Plain functions: FastAPI runs them in its thread pool."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.client import examples
from services.client.analyses import AnalyzeRequest, InsightRequest, insight
from services.client.queries import ChangesQuery, ClientsQuery, ContractsQuery, TransactionsQuery
from services.client.requests import default_period, find_period
from services.client.resources import ClientResources, resources
from services.client.schemas import (
    ANALYSES,
    AnalyzeResponse,
    ChangePage,
    ClientName,
    ClientPage,
    ContractPage,
    PeriodInfo,
    TransactionPage,
)
from services.conditional import ConditionalRoute
from services.imports import add_import_routes
from services.openapi import Responses, answered, paged
from services.paging import link_next
from tools.clients.analyses import analyze
from tools.clients.permissions import require_change
from tools.clients.records import ClientRecord
from tools.imports.catalogue import CLIENT_KINDS

FORBIDDEN: Responses = {
    403: {"model": ErrorAnswer, "description": "`forbidden`: of no role that reads client data"}
}
router = APIRouter(tags=["clients"], route_class=ConditionalRoute, responses=FORBIDDEN)

CHANGE_REFUSED: Responses = {
    403: {"model": ErrorAnswer, "description": "`change_forbidden`: seen, but not changed by this person"}
}

ClientPath = Annotated[str, Path(max_length=64, description="A client's id.", examples=["C0042"])]
Resources = Annotated[ClientResources, Depends(resources)]


@router.get("/clients", summary="List clients", responses=paged("clients", examples.CLIENT))
def list_clients(
    opened: Resources,
    caller: Caller,
    request: Request,
    response: Response,
    asked: Annotated[ClientsQuery, Query()],
) -> ClientPage:
    """List the clients that the caller may see, the best grade first."""
    page = opened.store.list_clients(caller, asked.filter(opened.store, caller), asked.page())
    link_next(request, response, page.next_cursor)
    return ClientPage(clients=page.records, limit=asked.limit, next_cursor=page.next_cursor, total=page.total)


@router.get("/clients/{client_id}", summary="Read a client", responses=answered(examples.CLIENT))
def read_client(opened: Resources, caller: Caller, client_id: ClientPath) -> ClientRecord:
    """Return a client that the caller may see; 404 ``client_not_found`` for any other."""
    return opened.store.client(caller, client_id)


@router.get(
    "/clients/{client_id}/changes",
    summary="List a client's changes",
    responses=paged("changes", examples.CHANGE) | CHANGE_REFUSED,
)
def list_changes(
    opened: Resources,
    caller: Caller,
    request: Request,
    response: Response,
    client_id: ClientPath,
    asked: Annotated[ChangesQuery, Query()],
) -> ChangePage:
    """List who changed a client and its contracts, when and why, the newest first.

    For those who may change the client; 403 ``change_forbidden`` for others who may see it.
    """
    require_change(caller, opened.store.client(caller, client_id))
    page = opened.ledger.of_client(client_id, asked.page(of=client_id))
    link_next(request, response, page.next_cursor)
    return ChangePage(changes=page.records, limit=asked.limit, next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/transactions",
    summary="List transactions",
    responses=paged("transactions", examples.TRANSACTION, net_amount_krw=12_400_000),
)
def list_transactions(
    opened: Resources,
    caller: Caller,
    request: Request,
    response: Response,
    asked: Annotated[TransactionsQuery, Query()],
) -> TransactionPage:
    """List the transactions that the caller may see, the newest first, with the sum of all that fit."""
    page = opened.store.list_transactions(caller, asked.filter(opened.store, caller), asked.page())
    link_next(request, response, page.next_cursor)
    return TransactionPage(
        transactions=page.records,
        net_amount_krw=page.net_amount_krw,
        limit=asked.limit,
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.get("/contracts", summary="List contracts", responses=paged("contracts", examples.CONTRACT))
def list_contracts(
    opened: Resources,
    caller: Caller,
    request: Request,
    response: Response,
    asked: Annotated[ContractsQuery, Query()],
) -> ContractPage:
    """List the contracts of the clients that the caller may see, in the order in which they end."""
    page = opened.store.list_contracts(caller, asked.filter(opened.store, caller), asked.page())
    link_next(request, response, page.next_cursor)
    return ContractPage(
        contracts=page.records, limit=asked.limit, next_cursor=page.next_cursor, total=page.total
    )


@router.post("/analyze", summary="Analyse clients", responses=answered(examples.ANALYSIS))
def analyze_clients(
    opened: Resources,
    caller: Caller,
    asked: Annotated[
        AnalyzeRequest | InsightRequest, Body(discriminator="analysis_type", openapi_examples=ANALYSES)
    ],
) -> AnalyzeResponse:
    """Analyse one client, or those that the caller may see.

    In general, sales, the risk that they leave with its reasons, contracts, RFM, concentration, the age of
    receivables, trend and season, what changed, or a client on one page. All money is in KRW.
    """
    client_id = getattr(asked, "client_id", None)
    client = opened.store.client(caller, client_id) if client_id else None
    if not isinstance(asked, AnalyzeRequest):
        return AnalyzeResponse.of_insight(insight(opened.store, caller, asked), client)
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


add_import_routes(
    router,
    CLIENT_KINDS,
    what="clients, contracts, products and transactions",
    who="managers and administrators",
)
