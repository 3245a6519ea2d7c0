"""Runs: what was asked for, its execution as an owned task, and the log of its events."""
