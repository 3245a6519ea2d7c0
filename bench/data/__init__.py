"""How fast lists and analyses answer as the company grows, on SQLite and PostgreSQL."""
