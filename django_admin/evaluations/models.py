"""Datasets, the runs over them, their results and scores."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_CHARS = 64
SETTLED = ("succeeded", "failed", "cancelled")


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Dataset(models.Model):
    """One version of a dataset; another digest is another version."""

    name = models.CharField(_("name"), max_length=NAME_CHARS)
    digest = models.CharField(_("version"), max_length=NAME_CHARS)
    target = models.CharField(_("asks"), max_length=16)
    description = models.TextField(_("description"), blank=True)
    examples = models.PositiveIntegerField(_("examples"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        ordering = ("name", "-created_at")
        constraints = (models.UniqueConstraint(fields=("name", "digest"), name="dataset_version"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.digest})"


class EvaluationRun(models.Model):
    """One run over a dataset, with everything that is needed to run it again.

    `parameters` is `evals.runner.Parameters`, where the dataset was read, and who was asked; `environment`
    the versions and models; `summary` an `evals.report.Report` and `comparison` an `evals.gate.Gate`.
    """

    dataset = models.ForeignKey(
        Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="runs"
    )
    baseline = models.ForeignKey(
        "self", verbose_name=_("baseline"), on_delete=models.SET_NULL, null=True, blank=True
    )
    status = models.CharField(_("status"), max_length=16, choices=RunStatus.choices, default=RunStatus.QUEUED)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("started by"), on_delete=models.SET_NULL, null=True
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    environment = models.JSONField(_("environment"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    total = models.PositiveIntegerField(_("questions"), default=0)
    done = models.PositiveIntegerField(_("asked"), default=0)
    error = models.TextField(_("error"), blank=True)
    summary = models.JSONField(null=True)
    comparison = models.JSONField(null=True)

    class Meta:
        verbose_name = _("evaluation run")
        verbose_name_plural = _("evaluation runs")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("status", "heartbeat_at"), name="run_by_status"),)

    def __str__(self) -> str:
        return f"#{self.pk} {self.dataset.name}"

    @property
    def is_settled(self) -> bool:
        return self.status in SETTLED


class Result(models.Model):
    """One question asked once; the names are those of `evals.results.Result`."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, related_name="results")
    example_id = models.CharField(_("example"), max_length=NAME_CHARS)
    position = models.PositiveIntegerField()
    repetition = models.PositiveIntegerField(_("repetition"), default=0)
    language = models.CharField(_("language"), max_length=8)
    tags = models.JSONField(_("tags"), default=list)
    inputs = models.JSONField()
    reference = models.JSONField()
    output = models.JSONField(null=True)
    error = models.TextField(_("error"), blank=True)
    duration_ms = models.FloatField(_("duration (ms)"), null=True)
    share = models.FloatField(
        null=True, help_text="Mean of the scores that are shares; null when there is none."
    )

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ("position", "repetition")
        constraints = (
            models.UniqueConstraint(fields=("run", "example_id", "repetition"), name="result_of_run"),
        )
        indexes = (models.Index(fields=("run", "share"), name="result_by_share"),)

    def __str__(self) -> str:
        return f"{self.run_id}/{self.example_id}"


class Score(models.Model):
    """What an evaluator says about a result; `value` is null when it could not say anything."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="scores")
    evaluator = models.CharField(max_length=NAME_CHARS)
    value = models.FloatField(null=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("result", "evaluator"), name="score_of_result"),)

    def __str__(self) -> str:
        return f"{self.evaluator}: {self.value}"
