"""Assistants: the graphs' own, which belong to nobody, and those that people make."""
