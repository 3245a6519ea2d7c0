"""Example questions for each employee tool, which the offline model compares a question with."""
