"""Runs, as the LangSmith SDK reports them: one row for each, a trace being those that share a `trace_id`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_CHARS = 200
ID_CHARS = 64


class RunStatus(models.TextChoices):
    """How far a run is, by what has been reported of it."""

    PENDING = "pending", _("running")
    SUCCESS = "success", _("succeeded")
    ERROR = "error", _("failed")


class Run(models.Model):
    """One step of a trace. A run whose id is its `trace_id` is the trace's root.

    What a run said last counts: its `start_time` is None while only its end has arrived.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    trace_id = models.UUIDField(_("trace id"))
    parent_id = models.UUIDField(null=True, blank=True)
    dotted_order = models.TextField()
    name = models.CharField(max_length=NAME_CHARS)
    run_type = models.CharField(max_length=32)
    service = models.CharField(max_length=ID_CHARS, blank=True)
    instance = models.CharField(max_length=ID_CHARS, blank=True)
    conversation_id = models.CharField(max_length=ID_CHARS, blank=True)
    user_id = models.CharField(max_length=ID_CHARS, blank=True)
    status = models.CharField(max_length=8, choices=RunStatus.choices, default=RunStatus.PENDING)
    start_time = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)
    duration_ms = models.FloatField(null=True)
    error = models.TextField(blank=True)
    inputs = models.JSONField(null=True)
    outputs = models.JSONField(null=True)
    usage = models.JSONField(null=True)
    metadata = models.JSONField(default=dict)
    tags = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = (
            models.Index(fields=("trace_id",), name="run_of_trace"),
            models.Index(
                fields=("-start_time",), name="root_run_by_time", condition=models.Q(parent_id__isnull=True)
            ),
            models.Index(fields=("received_at",), name="run_by_receipt"),
            models.Index(fields=("conversation_id",), name="run_of_conversation"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_root(self) -> bool:
        """Whether the whole trace hangs on this run."""
        return self.pk == self.trace_id
