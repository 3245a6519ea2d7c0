"""Evaluation runs in the admin: to start, to watch, to read."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from django_admin.accounts.roles import RolePermissions, role_required
from django_admin.evaluations import pages
from django_admin.evaluations.actions import do_cancel, do_fail_abandoned
from django_admin.evaluations.forms import StartForm
from django_admin.evaluations.labels import TARGETS, evaluator_title
from django_admin.evaluations.models import SETTLED, EvaluationRun, Result, RunStatus
from django_admin.web.markdown import safe_html
from evals.gate import Gate
from evals.report import Report
from narutalk.identity import Role

STATUS_COLOURS = {
    RunStatus.QUEUED: "info",
    RunStatus.RUNNING: "info",
    RunStatus.SUCCEEDED: "success",
    RunStatus.FAILED: "danger",
    RunStatus.CANCELLED: "warning",
}
REFRESH_SECONDS = 2
KEY_SCORES = 4

administrators_only = method_decorator(role_required(Role.ADMIN))


@admin.register(EvaluationRun)
class EvaluationRunAdmin(RolePermissions, ModelAdmin):  # type: ignore[misc]
    view_roles = (Role.ADMIN,)
    change_roles = (Role.ADMIN,)
    form = StartForm
    add_form_template = "evaluations/start.html"
    list_display = (
        "run_name",
        "shown_status",
        "progress",
        "key_scores",
        "verdict",
        "started_by",
        "created_at",
    )
    list_filter = ("dataset__name", "status")
    list_select_related = ("dataset", "started_by")
    list_per_page = pages.PAGE_SIZE
    fields = ("dataset_name", "baseline_name", "limit", "repetitions", "concurrency")

    @admin.display(description=_("run"), ordering="pk")
    def run_name(self, run: EvaluationRun) -> str:
        return str(run)

    @display(description=_("status"), label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def shown_status(self, run: EvaluationRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @admin.display(description=_("asked"))
    def progress(self, run: EvaluationRun) -> str:
        return f"{run.done}/{run.total}"

    @admin.display(description=_("scores"))
    def key_scores(self, run: EvaluationRun) -> str:
        if run.summary is None:
            return "–"
        rows = [row for row in pages.summary_rows(Report.model_validate(run.summary)) if row.interval]
        return " · ".join(
            f"{row.title} {row.estimate.mean:.2f}" for row in rows[1 : KEY_SCORES + 1] if row.estimate
        )

    @display(  # type: ignore[untyped-decorator]
        description=_("against the baseline"), label={"same": "success", "worse": "danger"}
    )
    def verdict(self, run: EvaluationRun) -> tuple[str, Any] | str:
        if run.comparison is None:
            return ""
        passed = Gate.model_validate(run.comparison).passed
        return ("same", _("no drop")) if passed else ("worse", _("worse"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[EvaluationRun]:
        do_fail_abandoned()
        found: QuerySet[EvaluationRun] = super().get_queryset(request)
        return found

    def has_delete_permission(self, request: HttpRequest, obj: EvaluationRun | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_settled)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EvaluationRun]) -> None:
        """Delete the chosen runs, but for those that still run."""
        super().delete_queryset(request, queryset.filter(status__in=SETTLED))

    def save_form(self, request: HttpRequest, form: StartForm, change: bool) -> EvaluationRun:
        super().save_form(request, form, change)
        return form.start(request.user)  # type: ignore[arg-type]  # an administrator

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing is left to save: starting a run has stored it."""

    def response_add(
        self, request: HttpRequest, obj: EvaluationRun, *_args: Any, **_kwargs: Any
    ) -> HttpResponse:
        return HttpResponseRedirect(_address(obj))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:run_id>/cancel/",
                self.admin_site.admin_view(self.cancel),
                name="evaluations_evaluationrun_cancel",
            ),
            path(
                "<int:run_id>/results/<int:result_id>/",
                self.admin_site.admin_view(self.result),
                name="evaluations_evaluationrun_result",
            ),
        ]
        return [*own, *super().get_urls()]

    @administrators_only
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a run: how far it is, or what came out."""
        run: EvaluationRun | None = self.get_object(request, object_id)
        if run is None or request.method != "GET":
            raise Http404
        chosen = pages.read_filter(request.GET)
        results = Paginator(pages.filtered_results(run, chosen), pages.PAGE_SIZE).get_page(
            request.GET.get("page")
        )
        report = Report.model_validate(run.summary) if run.summary else None
        context = {
            "run": run,
            "status_colour": STATUS_COLOURS[RunStatus(run.status)],
            "target": TARGETS.get(run.dataset.target, run.dataset.target),
            "percent": round(100 * run.done / run.total) if run.total else 0,
            "refresh_seconds": None if run.is_settled else REFRESH_SECONDS,
            "parameters": pages.shown_parameters(run),
            "report": report,
            "summary": pages.summary_rows(report) if report else [],
            "tags": pages.tag_rows(report) if report else [],
            "evaluators": [evaluator_title(line.evaluator) for line in report.lines] if report else [],
            "worst": pages.worst_results(run, report) if report else [],
            "gate": Gate.model_validate(run.comparison) if run.comparison else None,
            "comparison": pages.comparison_rows(Gate.model_validate(run.comparison))
            if run.comparison
            else [],
            "results": results,
            "rows": [(result, pages.shares(result.scores.all())) for result in results],
            "chosen": chosen,
            "languages": [group.name for group in report.languages] if report else [],
        }
        return self._page(request, "evaluations/run.html", str(run), context)

    @administrators_only
    def result(self, request: HttpRequest, run_id: int, result_id: int) -> HttpResponse:
        """Show a question, what was expected, the answer and its scores."""
        result = get_object_or_404(
            Result.objects.select_related("run__dataset").prefetch_related("scores"),
            pk=result_id,
            run_id=run_id,
        )
        output = result.output or {}
        around = result.run.results
        context = {
            "run": result.run,
            "result": result,
            "response": safe_html(output["response"]) if "response" in output else "",
            "hits": output.get("hits", []),
            "scores": [
                (evaluator_title(score.evaluator), score.value, score.comment)
                for score in result.scores.all()
            ],
            "sources": [" / ".join(each) for each in result.reference.get("sources", [])],
            "before": around.filter(position__lt=result.position).last(),
            "after": around.filter(position__gt=result.position).first(),
        }
        return self._page(request, "evaluations/result.html", f"{result.run} · {result.example_id}", context)

    @administrators_only
    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Cancel a run, and go back to it."""
        run = get_object_or_404(EvaluationRun, pk=run_id)
        do_cancel(run)
        messages.success(request, _("The run is being cancelled."))
        return HttpResponseRedirect(_address(run))

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**everywhere, **context})


def _address(run: EvaluationRun) -> str:
    return reverse("admin:evaluations_evaluationrun_change", args=[run.pk])
