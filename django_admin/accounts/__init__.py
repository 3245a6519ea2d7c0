"""Users, their roles and groups, and how they sign in."""
