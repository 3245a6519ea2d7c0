"""Evaluation runs and their results."""
