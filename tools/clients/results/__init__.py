"""What the client tools return, and how it reads."""
