"""The employee service."""
