"""Logs, metrics and the request id that travels over every hop."""
