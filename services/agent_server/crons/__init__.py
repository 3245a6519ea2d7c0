"""Runs that are started again and again, by a schedule."""
