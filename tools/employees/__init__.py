"""Employees: people, their sales, attendance, reviews and salaries, and what may be asked of them."""

from tools.employees.database import migrate_employees

__all__ = ["migrate_employees"]
