"""What the assistant remembers of people: read and deleted at the router, which keeps it."""
