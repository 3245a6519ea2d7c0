"""Answers about how many people work here, and how they attend, by group."""

from datetime import date

from pydantic import Field

from narutalk.languages import Language
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.records import AttendanceFigures, GroupAttendance, GroupCount
from tools.employees.results.sales import GROUP_HEADINGS
from tools.employees.results.scope import Scope
from tools.employees.suppression import MIN_PEOPLE
from tools.employees.wording import MAX_ROWS, POSITIONS, paragraphs, people, percent, table, topic
from tools.tool import ToolResult

KO = Language.KO
WITHHELD_MARK = "✱"


class Headcount(ToolResult):
    """How many people work somewhere, as a total and by group.

    Attributes:
        on: The day that was counted for; None for today's staff.
    """

    scope: Scope
    group_by: GroupBy
    total: int
    groups: list[GroupCount] = Field(default_factory=list)
    on: date | None = None

    def to_markdown(self, language: Language) -> str:
        where, count = self.scope.label(language), people(self.total, language)
        if language is KO:
            when = f"{self.on.isoformat()} 기준 " if self.on else ""
            note = "" if self.on else "(휴직 포함, 퇴사 제외)"
            who = topic(where if self.scope.position else f"{where} 직원")
            sentence = f"{when}{who} {count}입니다{note}."
        else:
            when = f" on {self.on.isoformat()}" if self.on else " now, those on leave included"
            verb = "works" if self.total == 1 else "work"
            if self.on:
                verb = "worked"
            sentence = f"{self._who(count)} {verb} in {self.scope.place_en()}{when}."
        if self.group_by is GroupBy.TOTAL or not self.groups:
            return sentence
        header = (GROUP_HEADINGS[self.group_by][language is KO], "인원" if language is KO else "People")
        rows = [
            (group.name_ko if language is KO else group.name_en, f"{group.people:,}")
            for group in self.groups[:MAX_ROWS]
        ]
        return paragraphs(f"{sentence} {self._largest(language)}".strip(), table(header, rows))

    def _largest(self, language: Language) -> str:
        if len(self.groups) < 2:
            return ""
        most, least = self.groups[0], self.groups[-1]
        if language is KO:
            return (
                f"가장 많은 곳은 {most.name_ko}({people(most.people, language)}), "
                f"가장 적은 곳은 {least.name_ko}({people(least.people, language)})입니다."
            )
        return f"Most: {most.name_en} with {most.people:,}; fewest: {least.name_en} with {least.people:,}."

    def _who(self, count: str) -> str:
        if self.scope.position is None:
            return count
        rank = POSITIONS[self.scope.position][Language.EN]
        return f"{self.total:,} {rank}" if self.total == 1 else f"{self.total:,} {rank}s"


class AttendanceStatistics(ToolResult):
    """The attendance of a group of people in a period, as a total and by group."""

    used: UsedPeriod
    scope: Scope
    group_by: GroupBy
    total: GroupAttendance
    groups: list[GroupAttendance] = Field(default_factory=list)

    def to_markdown(self, language: Language) -> str:
        if not self.total.people:
            nothing = self.used.nothing(language, "attendance records", "근태 자료")
            return f"{self.scope.label(language)}: {nothing}"
        where, when = self.scope.label(language), self.used.label(language)
        told = withheld(language) if self.total.withheld else f"{attendance_told(self.total, language)}."
        count = people(self.total.people, language)
        sentence = (
            f"{where}의 {when} 근태({count}): {told}"
            if language is KO
            else f"Attendance of {where} in {when} ({count}): {told}"
        )
        groups = "" if self.group_by is GroupBy.TOTAL or not self.groups else self._table(language)
        some_withheld = bool(groups) and any(group.withheld for group in self.groups)
        legend = f"{WITHHELD_MARK}: {withheld(language)}" if some_withheld else ""
        return paragraphs(sentence, groups, legend, self.used.note(language))

    def _table(self, language: Language) -> str:
        first = GROUP_HEADINGS[self.group_by][language is KO]
        rows = [
            (group.name_ko if language is KO else group.name_en, *attendance_cells(group))
            for group in self.groups[:MAX_ROWS]
        ]
        return table((first, *attendance_headings(language)), rows)


def withheld(language: Language) -> str:
    """Return why figures are left out, as a sentence."""
    if language is KO:
        return f"{MIN_PEOPLE}명 미만의 합계이거나 그 합계를 역산할 수 있어 공개하지 않습니다."
    return (
        f"withheld, because figures of fewer than {MIN_PEOPLE} people, or what they could be computed from, "
        "are not shown."
    )


def attendance_told(figures: AttendanceFigures, language: Language) -> str:
    """Return days and hours as part of a sentence."""
    if language is KO:
        return (
            f"근무일 {figures.working_days:,}일 중 출근 {figures.present_days:,}일"
            f"({percent(figures.presence_percent)}), 지각 {figures.late_days:,}일, "
            f"휴가 {figures.leave_days:,}일, 병가 {figures.sick_days:,}일, "
            f"초과근무 {figures.overtime_hours:,}시간"
        )
    return (
        f"present {figures.present_days:,} of {figures.working_days:,} working days "
        f"({percent(figures.presence_percent)}), late {figures.late_days:,}, on leave "
        f"{figures.leave_days:,}, sick {figures.sick_days:,}, {figures.overtime_hours:,} hours of overtime"
    )


def attendance_headings(language: Language) -> tuple[str, ...]:
    """Return the headings of `attendance_cells`."""
    if language is KO:
        return ("근무일", "출근", "지각", "휴가", "병가", "초과근무(시간)")
    return ("Working days", "Present", "Late", "Leave", "Sick", "Overtime (h)")


def attendance_cells(figures: AttendanceFigures) -> tuple[str, ...]:
    """Return days and hours as table cells; a mark in each where they are withheld."""
    if isinstance(figures, GroupAttendance) and figures.withheld:
        return (WITHHELD_MARK,) * len(attendance_headings(KO))
    return (
        f"{figures.working_days:,}",
        f"{figures.present_days:,}",
        f"{figures.late_days:,}",
        f"{figures.leave_days:,}",
        f"{figures.sick_days:,}",
        f"{figures.overtime_hours:,}",
    )
