"""How the offline model uses the client tools."""

from collections.abc import Callable, Mapping
from functools import partial

from narutalk.languages import Language
from narutalk.offline.finders import blind_when
from narutalk.offline.hints import ArgumentFinder, Found, OfflineHints
from tools.clients import finders as find
from tools.clients.phrases import phrases_of
from tools.clients.renewal_words import renewal_finder
from tools.clients.store import ClientStore
from tools.periods import against_finder, period_behind, period_finder

QUESTIONS = {
    "client": {
        Language.EN: "Which client do you mean? A name or an id such as C0042 will do.",
        Language.KO: "어느 거래처인가요? 이름이나 C0042 같은 번호로 말씀해 주세요.",
    },
    "owner": {
        Language.EN: "Whose clients do you mean? I know of no client that you may see and they look after.",
        Language.KO: "누구의 거래처인가요? 조회하실 수 있는 거래처 중 그분이 담당하는 곳을 찾지 못했습니다.",
    },
}

OWN_ARGUMENTS = {"client_contracts": frozenset({"period", "status"}), "list_clients": frozenset({"status"})}
"""A contract's period is when it ends, elsewhere when something was sold; each status is of another kind."""

SEVERAL = frozenset({"client", "owner", "product", "category", "client_type"})
"""Of these a sentence may name several: "hospitals and clinics"."""


def build_hints(store: ClientStore) -> Mapping[str, OfflineHints]:
    """Return the hints by tool; the finders read the names from the store's catalogue."""
    client, region = find.client_finder(store), find.region_finder(store)
    product, owner = find.product_finder(store), find.owner_finder(store)
    client_type = find.word_finder(find.CLIENT_TYPES)
    category = find.word_finder(find.CATEGORIES)
    several_regions, groups = find.several_regions_finder(store), find.word_finder(find.GROUPS)

    def group_by(sentence: str) -> Found | None:
        return several_regions(sentence) or groups(sentence)

    returns = find.word_finder(find.KINDS)
    rather_changes = blind_when(find.word_finder(find.DIRECTIONS), returns)
    rather_returns = blind_when(returns)
    only_returns = partial(find.where, returns)
    unless_of_one = blind_when(client)
    ranking = {"order": find.word_finder(find.ORDERS), "count": find.find_count}
    arguments: dict[str, dict[str, ArgumentFinder]] = {
        "find_client": {"client": client},
        "list_clients": {
            "owner": owner,
            "region": region,
            "grade": find.word_finder(find.GRADES),
            "status": find.word_finder(find.CLIENT_STATUSES),
            "client_type": client_type,
        },
        "client_transactions": {
            "client": client,
            "period": period_finder,
            "against": against_finder,
            "product": product,
            "kind": find.word_finder(find.KINDS),
        },
        "client_contracts": {
            "largest_first": unless_of_one(find.word_finder(find.LARGEST)),
            "auto_renewal": unless_of_one(renewal_finder),  # first: it looks for the client's name
            "client": client,
            "period": period_finder,
            "status": find.word_finder(find.CONTRACT_STATUSES),
            "owner": owner,
            "region": region,
            "client_type": client_type,
            "grade": find.word_finder(find.GRADES),
        },
        "sales_totals": {
            "period": period_finder,
            "against": against_finder,
            "group_by": group_by,
            "owner": owner,
            "region": region,
            "product": product,
            "category": category,
            "client_type": client_type,
        },
        "top_clients": _each(
            rather_changes,
            {
                "period": period_finder,
                "owner": owner,
                "region": region,
                "product": product,
                "category": category,
                "client_type": client_type,
                **ranking,
            },
        ),
        "top_products": _each(
            rather_returns,
            {
                "period": period_finder,
                "region": region,
                "category": category,
                "client_type": client_type,
                **ranking,
            },
        ),
        "unpaid_transactions": {
            "client": client,
            "period": period_finder,
            "group_by": find.word_finder(find.UNPAID_GROUPS),
            "status": find.word_finder(find.PAYMENT_STATUSES),
            "owner": owner,
            "region": region,
            "client_type": client_type,
        },
        "clients_at_risk": {
            "client": client,
            "owner": owner,
            "region": region,
            "grade": find.word_finder(find.GRADES),
            "client_type": client_type,
        },
        "returned_goods": _each(
            only_returns,
            {
                "period": period_finder,
                "group_by": find.word_finder(find.RETURN_GROUPS),
                "owner": owner,
                "region": region,
                "product": product,
                "category": category,
                "client_type": client_type,
                "count": find.find_count,
            },
        ),
        "rfm_segments": {
            "period": period_finder,
            "owner": owner,
            "region": region,
            "client_type": client_type,
        },
        "sales_concentration": {
            "period": period_finder,
            "region": region,
            "product": product,
            "category": category,
            "client_type": client_type,
        },
        "receivables_ageing": {
            "client": client,
            "older_than_days": find.find_age,
            "owner": owner,
            "region": region,
            "client_type": client_type,
        },
        "sales_trend": {
            "client": client,
            "period": period_finder,
            "against": against_finder,
            "owner": owner,
            "region": region,
            "product": product,
            "category": category,
            "client_type": client_type,
        },
        "client_changes": _each(
            find.of_clients,
            {
                "period": period_finder,
                "against": against_finder,
                "direction": find.word_finder(find.DIRECTIONS),
                "owner": owner,
                "region": region,
                "count": find.find_count,
                "client_type": client_type,
            },
        ),
        "client_story": {"client": client},
    }
    return {
        name: OfflineHints(
            phrases=phrases_of(name),
            finders=argument_finders,
            questions=QUESTIONS,
            own=OWN_ARGUMENTS.get(name, frozenset()),
            behind={"period": period_behind},
            each=SEVERAL & argument_finders.keys(),
            people=frozenset({"owner"} & argument_finders.keys()),
        )
        for name, argument_finders in arguments.items()
    }


def _each(
    wrap: Callable[[ArgumentFinder], ArgumentFinder], finders: Mapping[str, ArgumentFinder]
) -> dict[str, ArgumentFinder]:
    return {argument: wrap(finder) for argument, finder in finders.items()}
