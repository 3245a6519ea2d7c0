"""Clients, their transactions and their contracts."""
