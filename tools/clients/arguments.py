"""What the client tools take."""

from typing import Literal

from pydantic import BaseModel, Field

from tools.clients.models import ClientStatus, ClientType, ContractStatus, PaymentStatus, TransactionKind
from tools.clients.records import SalesGroup

PERIOD = (
    "Such as 2026-Q3, 2026-10, 2025, 2025-H1, last_month, last_quarter, last_6_months, year_to_date or "
    "2026-01-01..2026-03-31. The last 12 months with data when left out."
)
AGAINST = "Another period to compare with, or year_before: the same days a year earlier."
CLIENT = "The client's id such as C0042, or its name in Korean or Latin letters, or a part of it."
REGION = "A region's name such as Seoul or 부산, or its code."
PRODUCT = "A product's name such as Cardivel or 카디벨, or its code."
CATEGORY = (
    "A product category: cardiovascular, antibiotic, diabetes, respiratory, gastrointestinal, pain, vaccine, "
    "dermatology or supplies."
)
OWNER = "The name or id of the employee who looks after the clients."
MAX_SHOWN = 20

Grade = Literal["A", "B", "C", "D"]
Group = Literal["region", "type", "product", "category", "month", "owner"]


class FindClient(BaseModel):
    client: str = Field(description=CLIENT)


class ListClients(BaseModel):
    client_type: ClientType | None = None
    region: str | None = Field(None, description=REGION)
    grade: Grade | None = Field(None, description="A is the best.")
    owner: str | None = Field(None, description=OWNER)
    status: ClientStatus | None = None


class GetTransactions(BaseModel):
    client: str = Field(description=CLIENT)
    period: str | None = Field(None, description=PERIOD.replace("The last 12 months with data", "All days"))
    against: str | None = Field(None, description=AGAINST)
    product: str | None = Field(None, description=PRODUCT)
    kind: TransactionKind | None = Field(None, description="Only sales, or only returns; both when left out.")


class GetContracts(BaseModel):
    client: str | None = Field(None, description=CLIENT)
    period: str | None = Field(
        None, description="When the contracts end, such as next_month, next_90_days, 2026-12 or 2027-H1."
    )
    status: ContractStatus | None = None
    auto_renewal: bool | None = Field(
        None, description="Only those that renew themselves, or only those that do not; both when left out."
    )
    largest_first: bool = Field(False, description="Those worth most in a year first.")
    owner: str | None = Field(None, description=OWNER)
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    grade: Grade | None = Field(None, description="Of the client; A is the best.")


class SumSales(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    against: str | None = Field(None, description=AGAINST)
    group_by: Group | None = Field(None, description="What to split the sum by.")
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT)
    category: str | None = Field(None, description=CATEGORY)
    owner: str | None = Field(None, description=OWNER)

    @property
    def group(self) -> SalesGroup | None:
        return SalesGroup(self.group_by) if self.group_by else None


class RankClients(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    count: int = Field(5, ge=1, le=MAX_SHOWN, description="How many clients to return.")
    order: Literal["top", "bottom"] = "top"
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT)
    category: str | None = Field(None, description=CATEGORY)
    owner: str | None = Field(None, description=OWNER)


class RankProducts(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    count: int = Field(5, ge=1, le=MAX_SHOWN, description="How many products to return.")
    order: Literal["top", "bottom"] = "top"
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    category: str | None = Field(None, description=CATEGORY)


class SumReturns(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    group_by: Literal["product", "client", "region", "category", "type"] = Field(
        "product", description="Which of them were returned, or returned, most."
    )
    count: int = Field(5, ge=1, le=MAX_SHOWN, description="How many of them to return.")
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT)
    category: str | None = Field(None, description=CATEGORY)
    owner: str | None = Field(None, description=OWNER)


class GetUnpaid(BaseModel):
    client: str | None = Field(None, description=CLIENT)
    period: str | None = Field(None, description=PERIOD.replace("The last 12 months with data", "All days"))
    status: Literal["overdue", "unpaid"] | None = Field(
        None, description="overdue: past its due date; unpaid: not yet due. Both when left out."
    )
    group_by: Literal["client", "region"] = "client"
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    owner: str | None = Field(None, description=OWNER)

    @property
    def statuses(self) -> tuple[PaymentStatus, ...]:
        return (PaymentStatus(self.status),) if self.status else (PaymentStatus.OVERDUE, PaymentStatus.UNPAID)


class GetRisks(BaseModel):
    client: str | None = Field(None, description=f"{CLIENT} Only when one client is asked about.")
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    owner: str | None = Field(None, description=OWNER)
    grade: Grade | None = Field(None, description="A is the best.")


class ScoreClients(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    owner: str | None = Field(None, description=OWNER)


class MeasureConcentration(BaseModel):
    period: str | None = Field(None, description=PERIOD)
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT)
    category: str | None = Field(None, description=CATEGORY)


class AgeReceivables(BaseModel):
    client: str | None = Field(None, description=CLIENT)
    older_than_days: int | None = Field(
        None, ge=1, le=3650, description="Also say what is older than so many days since the sale."
    )
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    owner: str | None = Field(None, description=OWNER)


class FollowSales(BaseModel):
    client: str | None = Field(None, description=CLIENT)
    period: str | None = Field(
        None, description=PERIOD.replace("The last 12 months with data", "All whole months with data")
    )
    against: str | None = Field(
        None, description=f"{AGAINST} A period is compared with the year before when left out."
    )
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT)
    category: str | None = Field(None, description=CATEGORY)
    owner: str | None = Field(None, description=OWNER)


class CompareClients(BaseModel):
    direction: Literal["shrank", "grew"] = Field(
        "shrank",
        description="Clients that bought less, or more, than in the period of the same length before.",
    )
    period: str | None = Field(None, description=PERIOD)
    against: str | None = Field(None, description=f"{AGAINST} The one just before when left out.")
    count: int = Field(10, ge=1, le=MAX_SHOWN, description="How many clients to return.")
    region: str | None = Field(None, description=REGION)
    client_type: ClientType | None = None
    owner: str | None = Field(None, description=OWNER)


class TellStory(BaseModel):
    client: str = Field(description=CLIENT)
