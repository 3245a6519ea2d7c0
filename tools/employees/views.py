"""What analysts may query of employees: views that hold the rows a caller sees."""

from typing import Any

from sqlalchemy import Select, select

from narutalk.identity import Identity
from tools.employees.models import Attendance, Department, Employee, MonthlySales, Region, Review, Salary
from tools.employees.permissions import personal_records_seen, salaries_seen


def employee_views(identity: Identity) -> dict[str, Select[Any]]:
    """Return the views; attendance, reviews and salaries of those only whose records the caller sees."""
    personal = select(Employee.id).where(personal_records_seen(identity))
    paid = select(Employee.id).where(salaries_seen(identity))
    return {
        "employees": select(
            Employee.id,
            Employee.name_en,
            Employee.name_ko,
            Employee.department_code,
            Employee.region_code,
            Employee.position,
            Employee.manager_id,
            Employee.hire_date,
            Employee.left_date,
            Employee.status,
        ),
        "departments": select(Department.code, Department.name_en, Department.name_ko),
        "regions": select(Region.code, Region.name_en, Region.name_ko),
        "monthly_sales": select(*MonthlySales.__table__.columns),
        "attendance": select(*Attendance.__table__.columns).where(Attendance.employee_id.in_(personal)),
        "reviews": select(Review.employee_id, Review.half, Review.score).where(
            Review.employee_id.in_(personal)
        ),
        "salaries": select(*Salary.__table__.columns).where(Salary.employee_id.in_(paid)),
    }
