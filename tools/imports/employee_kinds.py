"""Employees, their sales and targets, and their attendance, as files bring them."""

import calendar
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Table, select

from tools.employees.models import (
    Attendance,
    Department,
    Employee,
    EmployeeStatus,
    MonthlySales,
    Position,
    Region,
)
from tools.imports.kinds import Built, Field, Kind, Known, Values
from tools.imports.places import Places
from tools.imports.problems import Fault
from tools.imports.shapes import OfRows, field_called, length_of, money_called, table_of
from tools.imports.values import (
    DateOrder,
    choice_of,
    date_reader,
    employee_id_up_to,
    integer_between,
    month_reader,
    read_email,
    text_up_to,
)

MAX_HOURS = 744  # of a month

_EMPLOYEE = (
    ("Employee", "Employee ID", "Employee number", "Emp ID", "Emp no"),
    ("사번", "직원번호", "사원번호", "직원"),
)
_MONTH = ("Month", "Year month", "Period"), ("월", "연월", "년월", "기준월")
_POSITION_WORDS = {
    Position.ASSOCIATE: "사원,주임,staff",
    Position.SENIOR_ASSOCIATE: "대리,senior",
    Position.MANAGER: "과장,팀장",
    Position.SENIOR_MANAGER: "차장",
    Position.DIRECTOR: "부장,이사,head",
}
_STATUS_WORDS = {
    EmployeeStatus.ACTIVE: "재직,재직중,employed,current",
    EmployeeStatus.ON_LEAVE: "휴직,휴직중,leave",
    EmployeeStatus.LEFT: "퇴직,퇴사,resigned,terminated,former",
}


def employees_kind(order: DateOrder) -> Kind:
    """Return the kind of people."""
    return Kind(
        name="employees",
        database="employees",
        table=table_of(Employee),
        key=("id",),
        builder=_Employees,
        late="manager_id",
        fields=(
            field_called(
                "id",
                *_EMPLOYEE,
                _id(),
                required=True,
            ),
            field_called(
                "name_ko",
                ("Korean name",),
                ("이름", "성명", "한글이름", "한글성명", "직원명"),
                text_up_to(40),
            ),
            field_called(
                "name_en",
                ("Name", "Full name", "English name", "Employee name"),
                ("영문이름", "영문성명", "영문명"),
                text_up_to(80),
            ),
            field_called(
                "department",
                ("Department", "Dept", "Department code", "Team"),
                ("부서", "부서명", "소속", "부서코드"),
                text_up_to(80),
                required=True,
            ),
            field_called(
                "region",
                ("Region", "Location", "Office", "Region code"),
                ("지역", "근무지", "지점", "지역코드"),
                text_up_to(80),
                required=True,
            ),
            field_called(
                "position",
                ("Position", "Title", "Job title", "Rank", "Grade"),
                ("직급", "직위", "직책"),
                choice_of(_POSITION_WORDS),
                required=True,
            ),
            field_called(
                "manager",
                ("Manager", "Manager ID", "Reports to", "Supervisor"),
                ("관리자", "상사", "상사사번", "관리자사번", "팀장사번"),
                _id(),
            ),
            field_called(
                "hire_date",
                ("Hire date", "Hired", "Start date", "Joined"),
                ("입사일", "입사일자", "입사날짜"),
                date_reader(order),
                required=True,
            ),
            field_called(
                "left_date",
                ("Left date", "Leave date", "End date", "Termination date", "Left"),
                ("퇴사일", "퇴직일", "퇴사일자", "퇴직일자"),
                date_reader(order),
            ),
            field_called(
                "status",
                ("Status", "Employment status"),
                ("상태", "재직상태", "재직여부"),
                choice_of(_STATUS_WORDS),
            ),
            field_called(
                "email",
                ("E-mail", "Mail", "Email address"),
                ("이메일", "메일", "이메일주소"),
                read_email,
                required=True,
            ),
        ),
    )


def monthly_kinds(order: DateOrder) -> tuple[Kind, ...]:
    """Return the kinds that say something of a person's month: sales, targets, attendance."""
    key = (
        field_called(
            "employee",
            *_EMPLOYEE,
            _id(),
            required=True,
        ),
        field_called("month", *_MONTH, month_reader(order), required=True),
    )
    return (
        _monthly("sales", MonthlySales, (*key, _amount(required=True), _target(required=False)), _Sales),
        _monthly("targets", MonthlySales, (*key, _target(required=True), _amount(required=False)), _Sales),
        _monthly("attendance", Attendance, (*key, *_ATTENDANCE_FIELDS), _Attendance),
    )


def _monthly(name: str, model: type[Any], fields: tuple[Field, ...], builder: Callable[[Known], Any]) -> Kind:
    return Kind(
        name=name,
        database="employees",
        table=table_of(model),
        key=("employee_id", "month"),
        fields=fields,
        builder=builder,
    )


def _amount(*, required: bool) -> Field:
    return money_called(
        "amount",
        ("Amount", "Sales", "Revenue", "Sales amount"),
        ("매출", "매출액", "금액", "실적"),
        required=required,
    )


def _target(*, required: bool) -> Field:
    return money_called(
        "target",
        ("Target", "Sales target", "Quota", "Goal"),
        ("목표", "목표액", "매출목표", "목표금액"),
        required=required,
    )


def _days(name: str, english: tuple[str, ...], korean: tuple[str, ...], *, required: bool = False) -> Field:
    highest = MAX_HOURS if name == "overtime_hours" else 31
    return field_called(name, english, korean, integer_between(0, highest), required=required)


_ATTENDANCE_FIELDS = (
    _days("working_days", ("Working days", "Workdays"), ("근무일수", "소정근로일수"), required=True),
    _days("present_days", ("Present days", "Days present", "Attended"), ("출근일수", "출근"), required=True),
    _days("late_days", ("Late days", "Late", "Days late"), ("지각일수", "지각")),
    _days("leave_days", ("Leave days", "Leave", "Days on leave"), ("휴가일수", "휴가", "연차")),
    _days("sick_days", ("Sick days", "Sick leave", "Days sick"), ("병가일수", "병가")),
    _days("overtime_hours", ("Overtime hours", "Overtime"), ("초과근무시간", "초과근무", "연장근로시간")),
)


class _Employees:
    def __init__(self, known: Known) -> None:
        with known.engines["employees"].connect() as connection:
            create = known.create_places
            self._departments = Places(table_of(Department), "department_unknown", connection, create=create)
            self._regions = Places(table_of(Region), "region_unknown", connection, create=create)
            rows = connection.execute(select(Employee.id, Employee.email, Employee.manager_id)).all()
        self._emails = {row.email.casefold(): row.id for row in rows}
        self._manager_of: dict[str, str | None] = {row.id: row.manager_id for row in rows}
        self._said: dict[str, str] = {}

    def build(self, values: Values) -> Built:
        person = values["id"]
        columns = {
            **_names(values),
            "id": person,
            "department_code": _at("department", self._departments.code, values),
            "region_code": _at("region", self._regions.code, values),
            "position": values["position"].value,
            "hire_date": values["hire_date"],
            **_leaving(values),
            "email": self._email(person, values["email"]),
        }
        new = {"manager_id": None}
        if "manager" in values:
            columns["manager_id"] = self._said[person] = values["manager"]
        self._manager_of[person] = values.get("manager", self._manager_of.get(person))
        return Built(columns, new)

    def check_all(self) -> list[Fault]:
        faults = []
        for person, manager in self._said.items():
            if manager not in self._manager_of:
                faults.append(Fault("manager_unknown", field="manager", value=person))
            elif self._is_circle(person):
                faults.append(Fault("manager_cycle", field="manager", value=person))
        return faults

    def places(self) -> dict[Table, list[dict[str, Any]]]:
        return {places.table: places.new for places in (self._departments, self._regions)}

    def _email(self, person: str, email: str) -> str:
        holder = self._emails.setdefault(email.casefold(), person)
        if holder != person:
            raise Fault("duplicate_value", field="email", other=holder)
        return email

    def _is_circle(self, person: str) -> bool:
        above = self._manager_of.get(person)
        passed = set()
        while above is not None and above not in passed:
            if above == person:
                return True
            passed.add(above)
            above = self._manager_of.get(above)
        return False


class _OfEmployees(OfRows):
    """Rows that belong to a person."""

    def __init__(self, known: Known) -> None:
        with known.engines["employees"].connect() as connection:
            self._ids = set(connection.scalars(select(Employee.id)))

    def person(self, values: Values) -> str:
        if values["employee"] not in self._ids:
            raise Fault("employee_unknown", field="employee")
        return str(values["employee"])


class _Sales(_OfEmployees):
    """A month's sales and target. What a file does not say is 0 in a new row: no sales, no target."""

    def build(self, values: Values) -> Built:
        columns: dict[str, Any] = {"employee_id": self.person(values), "month": values["month"]}
        for field, column in (("amount", "amount_krw"), ("target", "target_krw")):
            if field in values:
                columns[column] = values[field]
        if columns.get("target_krw", 0) < 0:
            raise Fault("money_negative", field="target")
        return Built(columns, {"amount_krw": 0, "target_krw": 0})


class _Attendance(_OfEmployees):
    def build(self, values: Values) -> Built:
        said = {field.name: values.get(field.name, 0) for field in _ATTENDANCE_FIELDS}
        month: date = values["month"]
        if said["working_days"] > calendar.monthrange(month.year, month.month)[1]:
            raise Fault("days_beyond_month", field="working_days")
        total = said["present_days"] + said["leave_days"] + said["sick_days"]
        if total != said["working_days"]:
            raise Fault("days_do_not_add_up", field="working_days", sum=total)
        if said["late_days"] > said["present_days"]:
            raise Fault("late_beyond_present", field="late_days")
        return Built({"employee_id": self.person(values), "month": month, **said}, {})


def _names(values: Values) -> dict[str, str]:
    name_ko, name_en = values.get("name_ko"), values.get("name_en")
    if not name_ko and not name_en:
        raise Fault("name_required", field="name_en")
    if not name_ko and len(str(name_en)) > length_of(Employee.name_ko):
        raise Fault("text_too_long", field="name_en", limit=length_of(Employee.name_ko))
    return {"name_ko": str(name_ko or name_en), "name_en": str(name_en or name_ko)}


def _leaving(values: Values) -> dict[str, Any]:
    left: date | None = values.get("left_date")
    status = values.get("status") or (EmployeeStatus.LEFT if left else EmployeeStatus.ACTIVE)
    if (status is EmployeeStatus.LEFT) != (left is not None):
        raise Fault("left_contradicts", field="status" if "status" in values else "left_date")
    if left is not None and left < values["hire_date"]:
        raise Fault("left_before_hired", field="left_date")
    return {"left_date": left, "status": status.value}


def _at(field: str, find: Callable[[str], str], values: Values) -> str:
    try:
        return find(values[field])
    except Fault as fault:
        fault.field = field
        raise


def _id() -> Callable[[str], Any]:
    return employee_id_up_to(length_of(Employee.id))
