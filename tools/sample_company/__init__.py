"""The fictional pharmaceutical distributor that a fresh installation starts with."""
