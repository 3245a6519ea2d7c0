"""Which services there are, and whether they answer. Where they are stays inside."""

from django.http import HttpRequest
from ninja import Router

from django_admin.accounts.scopes import Scope
from django_admin.gateway.auth import open_to
from django_admin.gateway.schemas import ServiceOut, ServicesOut
from django_admin.gateway.state import gateway_of
from django_admin.page_language import page_language

router = Router(tags=["services"])


@router.get(
    "/services",
    response=ServicesOut,
    auth=open_to(Scope.SERVICES_READ),
    summary="List the services and their health",
)
async def services(request: HttpRequest) -> ServicesOut:
    language = page_language()
    states = await gateway_of(request).services.states(language)
    return ServicesOut(services=[ServiceOut(**state._asdict()) for state in states])
