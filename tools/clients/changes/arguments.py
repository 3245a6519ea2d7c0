"""What the tools that change client data take."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from tools.clients.arguments import CLIENT, Grade
from tools.contact_details import MAX_EMAIL_CHARS, MAX_PHONE_CHARS, is_email, is_phone

MAX_NOTE_CHARS = 2000
MAX_MONTHS = 60
CONTRACT = (
    "The contract's id such as K00042; or its client, by id or name, when that has one active contract."
)


def _phone(text: str) -> str:
    if not is_phone(text.strip()):
        raise ValueError("this is no phone number")
    return text.strip()


def _email(text: str) -> str:
    if not is_email(text.strip()):
        raise ValueError("this is no e-mail address")
    return text.strip()


def _line(text: str) -> str:
    return " ".join(text.split())


class UpdateClient(BaseModel):
    client: str = Field(description=CLIENT, min_length=1, max_length=200)
    grade: Grade | None = Field(None, description="The new grade; A is the best.")
    phone: Annotated[str, AfterValidator(_phone)] | None = Field(
        None, description="The new phone number.", max_length=MAX_PHONE_CHARS
    )
    address: Annotated[str, AfterValidator(_line)] | None = Field(
        None, description="The new address, whole.", min_length=5, max_length=160
    )
    contact_name: Annotated[str, AfterValidator(_line)] | None = Field(
        None, description="The new contact person, who works at the client.", min_length=2, max_length=80
    )
    contact_email: Annotated[str, AfterValidator(_email)] | None = Field(
        None, description="The contact person's new e-mail address.", max_length=MAX_EMAIL_CHARS
    )


class AddNote(BaseModel):
    contract: str = Field(description=CONTRACT, min_length=1, max_length=200)
    text: str = Field(
        description="The note, in the person's own words.", min_length=1, max_length=MAX_NOTE_CHARS
    )


class RenewContract(BaseModel):
    contract: str = Field(description=CONTRACT, min_length=1, max_length=200)
    months: int = Field(12, ge=1, le=MAX_MONTHS, description="For how long it goes on after its last day.")
    until: date | None = Field(None, description="The new last day; takes the place of months.")


class CloseContract(BaseModel):
    contract: str = Field(description=CONTRACT, min_length=1, max_length=200)


class UndoChange(BaseModel):
    change: str | None = Field(
        None, description="The change's id; the person's latest change when left out.", max_length=36
    )
