"""Starting an evaluation."""

from typing import Any

from django import forms
from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from django_admin.accounts.models import User
from django_admin.evaluations.actions import do_start_run
from django_admin.evaluations.models import EvaluationRun, RunStatus
from evals.examples import list_datasets
from evals.runner import DEFAULT_CONCURRENCY, MAX_CONCURRENCY, MAX_REPETITIONS, Parameters

BASELINES = 50


def _dataset_choices() -> list[tuple[str, str]]:
    return [(dataset.name, f"{dataset.name} ({len(dataset.examples)})") for dataset in list_datasets()]


def _baseline_choices() -> list[tuple[str, str]]:
    runs = EvaluationRun.objects.filter(status=RunStatus.SUCCEEDED).select_related("dataset")[:BASELINES]
    return [("", "–"), *((str(run.pk), f"{run}, {run.created_at:%Y-%m-%d %H:%M}") for run in runs)]


class StartForm(forms.ModelForm[EvaluationRun]):
    """What to ask, how often, and what to compare with."""

    dataset_name = forms.ChoiceField(
        label=_("dataset"), choices=_dataset_choices, widget=UnfoldAdminSelectWidget()
    )
    baseline_name = forms.ChoiceField(
        label=_("baseline"),
        required=False,
        choices=_baseline_choices,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("A finished run of the same dataset to compare with."),
    )
    limit = forms.IntegerField(
        label=_("examples at most"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Spread over the dataset; empty for all."),
    )
    repetitions = forms.IntegerField(
        label=_("repetitions"),
        initial=1,
        min_value=1,
        max_value=MAX_REPETITIONS,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    concurrency = forms.IntegerField(
        label=_("questions at a time"),
        initial=DEFAULT_CONCURRENCY,
        min_value=1,
        max_value=MAX_CONCURRENCY,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    class Meta:
        model = EvaluationRun
        fields = ()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        name = given.get("baseline_name")
        if (
            name
            and not EvaluationRun.objects.filter(pk=name, dataset__name=given.get("dataset_name")).exists()
        ):
            self.add_error("baseline_name", _("This run is of another dataset."))
        return given

    def start(self, user: User) -> EvaluationRun:
        """Hand the run to the worker."""
        given = self.cleaned_data
        return do_start_run(
            given["dataset_name"],
            settings=django_settings.NARUTALK,
            parameters=Parameters(
                limit=given["limit"], repetitions=given["repetitions"], concurrency=given["concurrency"]
            ),
            started_by=user,
            baseline=given["baseline_name"],
        )
