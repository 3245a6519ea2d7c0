"""The client tools, as an agent gets them."""

from collections.abc import Callable
from typing import TypeVar

from langchain_core.tools import BaseTool
from pydantic import BaseModel

from narutalk.errors import Forbidden, TellTheModel
from narutalk.identity import Identity
from tools.clients import arguments, insights, lookups
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.changes.tools import build_change_tools
from tools.clients.hints import build_hints
from tools.clients.store import ClientStore
from tools.tool import ToolResult, build_tool

ArgsT = TypeVar("ArgsT", bound=BaseModel)


def build_client_tools(store: ClientStore, ledger: ChangeLedger) -> list[BaseTool]:
    """Return the tools over a store, and those that change it. Nothing is read before one is used."""
    hints = build_hints(store)

    def tool(
        name: str,
        look_up: Callable[[ClientStore, Identity, ArgsT], ToolResult],
        args: type[ArgsT],
        description: str,
    ) -> BaseTool:
        def run(identity: Identity, wanted: ArgsT) -> ToolResult:
            try:
                return look_up(store, identity, wanted)
            except Forbidden as error:
                raise TellTheModel(error.message, code=error.code) from error

        return build_tool(run, name=name, description=description, args=args, hints=hints[name])

    return [
        tool(
            "find_client",
            lookups.find_client,
            arguments.FindClient,
            "Who a client is: type, region, grade, owner (our employee responsible), the contact person "
            "there with e-mail and phone, address.",
        ),
        tool(
            "list_clients",
            lookups.list_clients,
            arguments.ListClients,
            "List and count clients by type, region, grade, owner and status.",
        ),
        tool(
            "client_transactions",
            lookups.client_transactions,
            arguments.GetTransactions,
            "What one client bought: the sum and the latest transactions, in a period, of a product.",
        ),
        tool(
            "client_contracts",
            lookups.client_contracts,
            arguments.GetContracts,
            "Contracts of one client, or those that end in a period, by status. Without any argument: those "
            "that end within 90 days.",
        ),
        tool(
            "sales_totals",
            lookups.sales_totals,
            arguments.SumSales,
            "Net sales of the company in a period: all, or by region, client type, product, category, month "
            "or owner.",
        ),
        tool(
            "top_clients",
            lookups.top_clients,
            arguments.RankClients,
            "The clients with the highest (or lowest) net sales, in a period, region, of a type or product.",
        ),
        tool(
            "top_products",
            lookups.top_products,
            arguments.RankProducts,
            "The products with the highest (or lowest) net sales, in a period, region, or to a client type.",
        ),
        tool(
            "unpaid_transactions",
            lookups.unpaid_transactions,
            arguments.GetUnpaid,
            "What clients owe: overdue and not yet due transactions, of a client or by client or region.",
        ),
        tool(
            "clients_at_risk",
            insights.clients_at_risk,
            arguments.GetRisks,
            "Which clients may stop buying (churn risk), and why: unusual silence, falling sales, overdue "
            "payments, contracts. Of all active clients, or of one.",
        ),
        tool(
            "returned_goods",
            lookups.returned_goods,
            arguments.SumReturns,
            "What was returned in a period: the sum, and the products, clients or regions with most returns.",
        ),
        tool(
            "rfm_segments",
            insights.rfm_segments,
            arguments.ScoreClients,
            "RFM analysis: clients by recency, frequency and money, in segments.",
        ),
        tool(
            "sales_concentration",
            insights.sales_concentration,
            arguments.MeasureConcentration,
            "How concentrated sales are (Pareto): the share of the top 20 % of clients, and how many clients "
            "make 80 % of sales.",
        ),
        tool(
            "receivables_ageing",
            insights.receivables_ageing,
            arguments.AgeReceivables,
            "Ageing of receivables: what is unpaid by days since the sale, overdue and not yet due.",
        ),
        tool(
            "sales_trend",
            insights.sales_trend,
            arguments.FollowSales,
            "How sales develop over the months: trend, growth on the year before, and seasonality; of "
            "everything, a client, region, client type, product, category or owner.",
        ),
        tool(
            "client_changes",
            insights.client_changes,
            arguments.CompareClients,
            "Which clients bought less (shrank) or more (grew) than in the period before; also those of one "
            "owner.",
        ),
        tool(
            "client_story",
            insights.client_story,
            arguments.TellStory,
            "A client on one page: sales, growth, rank, RFM, main products, risk of leaving, contracts, what "
            "it owes. Use it to prepare a visit, or for a summary or overview of a client.",
        ),
        *build_change_tools(store, ledger),
    ]
