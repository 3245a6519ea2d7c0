"""Which instances there are: the settings say, and the table follows them."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from django_admin.monitoring.models import Instance
from narutalk.registry import SERVICES
from narutalk.settings import Settings


class Address(NamedTuple):
    """Where an instance of a service is, and what it is called: the service, numbered when it has several."""

    service: str
    name: str
    url: str


def configured_instances(settings: Settings) -> Iterator[Address]:
    """Yield every instance that the settings name, the manager first."""
    for service in SERVICES:
        urls = settings.service_urls(service.name)
        for number, url in enumerate(urls, 1):
            yield Address(service.name, service.name if len(urls) == 1 else f"{service.name}-{number}", url)


@transaction.atomic
def do_register_instances(settings: Settings, now: datetime) -> list[Instance]:
    """Bring the table in step with the settings; return the instances that they name.

    One that they no longer name stays, with the time it was first missed.
    """
    known = {(instance.service, instance.url): instance for instance in Instance.objects.all()}
    current = []
    for address in configured_instances(settings):
        instance = known.pop((address.service, address.url), None)
        instance = instance or Instance(service=address.service, url=address.url, first_seen=now)
        instance.name, instance.last_seen, instance.gone_at = address.name, now, None
        instance.save()
        current.append(instance)
    gone = [instance.pk for instance in known.values() if instance.gone_at is None]
    Instance.objects.filter(pk__in=gone).update(gone_at=now)
    return current
