"""Deletes at the router what belonged to accounts that were deleted here, until it keeps nothing of them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.memories.client import CALL_TIMEOUT_SECONDS, MemoryClient
from django_admin.memories.models import Departure
from narutalk.errors import Unavailable, UpstreamFailed
from narutalk.http import build_service_client
from narutalk.identity import Identity, Issuer, build_signer
from narutalk.settings import Settings

logger = structlog.get_logger(__name__)

ROUND_SIZE = 100
ROUND_SECONDS = 60.0


def note_departure(instance: User, **_signal: Any) -> None:
    """Note, in the transaction that deletes an account, that the router is to forget the person."""
    Departure.objects.update_or_create(
        user_id=str(instance.pk), defaults={"username": instance.get_username(), "left_at": timezone.now()}
    )


def do_forget_departed(settings: Settings, now: datetime) -> int:
    """Delete what the router keeps of those who left, and return of how many persons nothing is left.

    A turn that was under way when the account went can still store something: a person is done with when
    nothing was found and no such turn, nor a token for one, can be alive any more.
    """
    departures = list(Departure.objects.all()[:ROUND_SIZE])
    if not departures:
        return 0
    clean = asyncio.run(_forget(settings, departures))
    settled = now - timedelta(seconds=settings.turn_deadline_seconds + settings.token_lifetime_seconds)
    done = [departure.pk for departure in clean if departure.left_at < settled]
    return Departure.objects.filter(pk__in=done).delete()[0]


async def _forget(settings: Settings, departures: list[Departure]) -> list[Departure]:
    """Return those of whom nothing was left; the others are tried again in the next round."""
    signer, clean = build_signer(settings, Issuer.MANAGER), []
    async with build_service_client(settings, "router", read_timeout_seconds=CALL_TIMEOUT_SECONDS) as http:
        memories = MemoryClient(http, signer)
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                for departure in departures:
                    if await _is_forgotten(memories, departure):
                        clean.append(departure)
        except (Unavailable, TimeoutError) as error:
            logger.warning("deleted accounts are not forgotten yet", reason=repr(error))
    return clean


async def _is_forgotten(memories: MemoryClient, departure: Departure) -> bool:
    """Delete what there is of a person, and return whether there was nothing."""
    person = Identity(user_id=departure.user_id, username=departure.username)
    try:
        deleted = await memories.delete_everything(person)
    except UpstreamFailed as error:  # of this person; the others need not wait
        logger.warning("a deleted account is not forgotten yet", user_id=person.user_id, reason=repr(error))
        return False
    if deleted:
        logger.info("what belonged to a deleted account is deleted", user_id=person.user_id, count=deleted)
    return not deleted
