"""What names stand for: clients, their owners, regions and products, read once in a while and kept."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from narutalk.choices import Candidate, Choice, which_one
from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.languages import Language
from tools.clients.name_index import NameIndex
from tools.clients.permissions import Limits
from tools.clients.records import ClientRecord, Names, ProductRecord, Region
from tools.clients.wording import TYPES
from tools.identifiers import Identifiers
from tools.name_search import name_key
from tools.romanization import sound

KEPT_SECONDS = 60.0
MAX_KEPT_PARTS = 32
NO_LIMITS = Limits()
EN, KO = Language.EN, Language.KO

_HANGUL = re.compile(r"[가-힣]")
OWNER_NOUNS = r"\b(?:employee|salesperson|rep|owner|manager)|직원|사원|사번|담당자"
CONTRACT_NOUNS = r"\b(?:contract|agreement)|계약"


@dataclass(frozen=True)
class Owner:
    """A person who looks after clients, and where."""

    id: str
    name: Names
    regions: frozenset[str]

    @property
    def called(self) -> tuple[str, ...]:
        """The id and the name, in either script and order."""
        return (self.id, self.name.en, self.name.ko, " ".join(reversed(self.name.en.split())))


class Catalogue:
    """The names at one moment.

    Args:
        clients: All clients.
        regions: All regions.
        products: All products.
        contracts: The client's id of each contract, by its own.
    """

    def __init__(
        self,
        clients: Sequence[ClientRecord],
        regions: Sequence[Region],
        products: Sequence[ProductRecord],
        contracts: Mapping[str, str],
    ) -> None:
        self._all = (clients, regions, products, contracts)
        self.clients = NameIndex(clients)
        self.regions = {region.code: region.name for region in regions}
        self.products = {product.code: product for product in products}
        self.owners = _owners(clients)
        self.owner_ids = Identifiers([owner.id for owner in self.owners], OWNER_NOUNS)

    @cached_property
    def contract_ids(self) -> Identifiers:
        """The ids of all contracts."""
        return Identifiers(self._all[3], CONTRACT_NOUNS)

    def part(self, limits: Limits) -> "Catalogue":
        """Return the names of the clients within limits and their owners, and all regions and products."""
        clients, regions, products, contracts = self._all
        seen = [
            client
            for client in clients
            if (limits.regions is None or client.region_code in limits.regions)
            and limits.owner_id in (None, client.owner_id)
        ]
        ids = {client.id for client in seen}
        theirs = {contract: client for contract, client in contracts.items() if client in ids}
        return Catalogue(seen, regions, products, theirs)

    def region_code(self, text: str) -> str:
        """Return the code of a region told by its name or code.

        Raises:
            RetryWithFix: There is no such region.
        """
        names = {code: (code, name.en, name.ko) for code, name in self.regions.items()}
        return _lookup(text, names, "region")

    def product_code(self, text: str) -> str:
        """Return the code of a product told by its name or code.

        Raises:
            RetryWithFix: There is no such product.
        """
        names = {code: (code, p.name.en, p.name.ko) for code, p in self.products.items()}
        return _lookup(text, names, "product")

    def owner(self, text: str, region_code: str | None = None) -> Owner:
        """Return who is meant by an employee's name or id.

        Args:
            text: The name or id.
            region_code: Decides between people of the same name.

        Raises:
            TellTheModel: Nobody, or several people, can be meant.
        """
        wanted, sounded, by_id = name_key(text), sound(text), self.owner_ids.meant(text)
        found = [
            owner for owner in self.owners if owner.id == by_id or wanted in map(name_key, owner.called)
        ] or [owner for owner in self.owners if sounded and sounded in map(sound, owner.called)]
        if region_code and len(found) > 1:
            found = [owner for owner in found if region_code in owner.regions]
        if len(found) == 1:
            return found[0]
        is_korean = bool(_HANGUL.search(text))
        if not found:
            raise TellTheModel(
                f"'{text}'이라는 거래처 담당자가 없습니다."
                if is_korean
                else f"Nobody called '{text}' looks after clients."
            )
        choice = Choice.between(text, [self._candidate(owner) for owner in found])
        raise which_one(
            choice,
            english=f"{choice.total} people called '{text}' look after clients. Which one do you mean?",
            korean=f"'{text}' 담당자가 {choice.total}명입니다. 어느 분인가요?",
            code="owner_ambiguous",
        )

    def _candidate(self, owner: Owner) -> Candidate:
        regions = [self.regions[code] for code in sorted(owner.regions) if code in self.regions]
        return Candidate(
            id=owner.id,
            names={EN: owner.name.en, KO: owner.name.ko},
            marks={EN: [region.en for region in regions], KO: [region.ko for region in regions]},
        )


class CatalogueKeeper:
    """Reads the catalogue again when it is older than `KEPT_SECONDS`; keeps the parts asked for, too.

    Args:
        read: Reads it; returns the same object again where nothing changed.
        version: Says another thing when there is new data: then it is read again at once.
    """

    def __init__(self, read: Callable[[], Catalogue], version: Callable[[], object]) -> None:
        self._read = read
        self._version = version
        self._lock = Lock()  # guards those below, so that one thread reads while the others wait
        self._kept: Catalogue | None = None
        self._parts: OrderedDict[Limits, Catalogue] = OrderedDict()
        self._read_at = 0.0
        self._read_version: object = None

    def get(self, limits: Limits = NO_LIMITS) -> Catalogue:
        """Return all names, or those that the clients within limits leave."""
        with self._lock:
            version = self._version()
            is_old = version != self._read_version or time.monotonic() - self._read_at > KEPT_SECONDS
            if self._kept is None or is_old:
                found = self._read()
                if found is not self._kept:
                    self._kept = found
                    self._parts.clear()
                self._read_version = version
                self._read_at = time.monotonic()
            return self._kept if limits == NO_LIMITS else self._part(self._kept, limits)

    def _part(self, every: Catalogue, limits: Limits) -> Catalogue:
        if limits.regions is not None:
            limits = limits._replace(regions=limits.regions & frozenset(every.regions))
        if limits not in self._parts:
            self._parts[limits] = every.part(limits)
        self._parts.move_to_end(limits)
        while len(self._parts) > MAX_KEPT_PARTS:
            self._parts.popitem(last=False)
        return self._parts[limits]


def no_client(text: str) -> TellTheModel:
    """Return the error that says that no client is called so."""
    if _HANGUL.search(text):
        return TellTheModel(f"'{text}' 거래처를 찾을 수 없습니다.", code="client_unknown")
    return TellTheModel(f"There is no client '{text}'.", code="client_unknown")


def several_clients(text: str, candidates: Sequence[ClientRecord]) -> TellTheModel:
    """Return the error that asks which of the clients is meant."""
    choice = Choice.between(text, [_client(client) for client in candidates])
    return which_one(
        choice,
        english=f"{choice.total} clients match '{text}'. Which one do you mean?",
        korean=f"'{text}'에 해당하는 거래처가 {choice.total}곳입니다. 어느 곳인가요?",
        code="client_ambiguous",
    )


def _client(client: ClientRecord) -> Candidate:
    kind = TYPES[client.client_type]
    return Candidate(
        id=client.id,
        names={EN: client.name.en, KO: client.name.ko},
        marks={EN: [kind[EN], client.region.en], KO: [kind[KO], client.region.ko]},
    )


def _lookup(text: str, names: dict[str, tuple[str, str, str]], what: str) -> str:
    wanted = name_key(text)
    for code, spellings in names.items():
        if wanted in map(name_key, spellings):
            return code
    known = ", ".join(spelling[1] for spelling in names.values())
    raise RetryWithFix(f"There is no {what} '{text}'. Known: {known}.", details={what: text})


def _owners(clients: Sequence[ClientRecord]) -> list[Owner]:
    regions: dict[str, set[str]] = {}
    names: dict[str, Names] = {}
    for client in clients:
        regions.setdefault(client.owner_id, set()).add(client.region_code)
        names[client.owner_id] = client.owner
    return [Owner(owner_id, names[owner_id], frozenset(codes)) for owner_id, codes in sorted(regions.items())]
