"""What the worker finds out about the instances: their health, their requests, and the worker itself."""

from django.db import models

from django_admin.monitoring.log_models import LogBatch, LogRecord

__all__ = ["HealthSpan", "Instance", "LogBatch", "LogRecord", "RequestSample", "Schedule", "Worker"]

NAME_CHARS = 100
WORD_CHARS = 20
REASON_CHARS = 300


class Instance(models.Model):
    """One instance of a service, as the settings name them, with what the last check found.

    `state` is a `health.HealthState`, `reason` a `health.Reason`. `counters` is the last scrape of its
    `/metrics`, from which the next one's growth is reckoned (`metrics.Counters`); `scrape_reason` says why
    there is none.
    """

    service = models.CharField(max_length=NAME_CHARS)
    name = models.CharField(max_length=NAME_CHARS)
    url = models.CharField(max_length=500)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=WORD_CHARS, blank=True)
    reason = models.CharField(max_length=WORD_CHARS, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    dependencies = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    counters = models.JSONField(null=True, blank=True)
    scraped_at = models.DateTimeField(null=True, blank=True)
    scrape_reason = models.CharField(max_length=REASON_CHARS, blank=True)
    memory_bytes = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("service", "name")
        constraints = (models.UniqueConstraint(fields=("service", "url"), name="instance_of_service"),)

    def __str__(self) -> str:
        return self.name


class HealthSpan(models.Model):
    """A time during which every check of an instance found the same; it ends with the last check.

    A check that finds the same makes the span longer, so that the table grows with the changes and the hours
    (a span ends with its hour), not with the checks.
    """

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="spans")
    state = models.CharField(max_length=WORD_CHARS)
    reason = models.CharField(max_length=WORD_CHARS, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    checks = models.PositiveIntegerField(default=1)
    latency_ms_sum = models.FloatField(default=0)

    class Meta:
        ordering = ("-started_at",)
        indexes = (
            models.Index(fields=("instance", "-ended_at"), name="span_of_instance"),
            models.Index(fields=("ended_at",), name="span_by_end"),
        )

    def __str__(self) -> str:
        return f"{self.instance_id} {self.state} {self.started_at}–{self.ended_at}"


class RequestSample(models.Model):
    """The requests that an instance finished in one minute, or in one hour.

    `buckets` are counts by duration, one for each bound of `BUCKETS_SECONDS` and one for all slower ones;
    not cumulated. `observed_seconds` is how much time the scrapes behind the figures cover.
    """

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="samples")
    resolution_seconds = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    observed_seconds = models.FloatField(default=0)
    requests = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    duration_seconds_sum = models.FloatField(default=0)
    buckets = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("resolution_seconds", "started_at", "instance"), name="one_sample_per_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.instance_id} {self.started_at} {self.requests}"


class Worker(models.Model):
    """A worker process, by its heartbeat. One that has not beaten for a while is dead."""

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=NAME_CHARS)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("name", "started_at")

    def __str__(self) -> str:
        return f"{self.name} ({self.host}, {self.pid})"


class Schedule(models.Model):
    """When a periodic task is due next. Whoever moves `due_at` on enqueues the run: see `schedule`."""

    name = models.CharField(primary_key=True, max_length=200)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.due_at}"
