"""The client service: clients, their transactions and contracts."""
