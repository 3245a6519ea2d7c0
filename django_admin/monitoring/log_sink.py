"""The logs of the processes that have the database themselves, the manager and its workers: no HTTP."""

from django.db import DatabaseError, connections

from django_admin.monitoring.log_batches import do_store_batch, read_batch
from narutalk.settings import Settings
from narutalk.telemetry.log_shipping import LogShipper, NotDelivered, start_shipping


class DatabaseSink:
    """Stores batches in the shipper's own thread, in a connection that does not outlive the call."""

    def deliver(self, body: bytes) -> int:
        """Store a batch; see `narutalk.telemetry.log_shipping.Sink.deliver`."""
        batch = read_batch(body)
        try:
            do_store_batch(batch)
        except DatabaseError as error:
            raise NotDelivered(f"the database: {error}") from error
        finally:
            connections.close_all()
        return len(batch.rejected)

    def close(self) -> None:
        """Do nothing: no connection is left open."""


def store_logs(service: str, settings: Settings) -> LogShipper | None:
    """Store what this process logs; None where the settings do not want it. Django must be set up."""
    if not settings.ship_logs:
        return None
    return start_shipping(service, settings.instance, DatabaseSink())
