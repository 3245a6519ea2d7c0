"""The log records of all processes, and the batches in which they came."""

import logging

from django.db import models
from django.utils.translation import gettext_lazy as _

ID_CHARS = 64
NAME_CHARS = 100
LOGGER_CHARS = 220


class LogLevel(models.IntegerChoices):
    """How bad it is; the numbers are those of `logging`."""

    DEBUG = logging.DEBUG, _("debug")
    INFO = logging.INFO, _("info")
    WARNING = logging.WARNING, _("warning")
    ERROR = logging.ERROR, _("error")
    CRITICAL = logging.CRITICAL, _("critical")


class LogRecord(models.Model):
    """What a process logged. `timestamp` is by its clock, `received_at` by ours; `data` is all the rest."""

    timestamp = models.DateTimeField()
    received_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(choices=LogLevel.choices)
    service = models.CharField(max_length=NAME_CHARS)
    instance = models.CharField(max_length=NAME_CHARS)
    logger = models.CharField(max_length=LOGGER_CHARS, blank=True)
    event = models.TextField(blank=True)
    exception = models.TextField(blank=True)
    request_id = models.CharField(max_length=ID_CHARS, blank=True)
    conversation_id = models.CharField(max_length=ID_CHARS, blank=True)
    message_id = models.CharField(max_length=ID_CHARS, blank=True)
    run_id = models.CharField(max_length=ID_CHARS, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-timestamp", "-id")
        indexes = (
            models.Index(fields=("timestamp", "id"), name="log_by_time"),
            models.Index(fields=("service", "timestamp", "id"), name="log_of_service"),
            models.Index(fields=("level", "timestamp", "id"), name="log_of_level"),
            models.Index(fields=("request_id", "timestamp", "id"), name="log_of_request"),
        )

    def __str__(self) -> str:
        return f"{self.timestamp} {self.service} {self.event[:60]}"


class LogBatch(models.Model):
    """A batch that was stored: sent again, it is known. `dropped` is what its process lost before it."""

    batch_id = models.CharField(max_length=ID_CHARS)
    instance = models.CharField(max_length=NAME_CHARS)
    service = models.CharField(max_length=NAME_CHARS)
    received_at = models.DateTimeField(db_index=True)
    stored = models.PositiveIntegerField()
    dropped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("instance", "batch_id"), name="log_batch_once"),)

    def __str__(self) -> str:
        return f"{self.instance} {self.batch_id}"
