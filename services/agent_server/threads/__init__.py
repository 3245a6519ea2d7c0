"""Threads: their state and history, what ends them, and what belongs to them elsewhere."""
