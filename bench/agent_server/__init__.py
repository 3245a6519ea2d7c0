"""The agent server against the reference server and the call in process, over one trivial graph."""
