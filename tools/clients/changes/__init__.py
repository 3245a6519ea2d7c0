"""Changes of clients and contracts: planned, shown, approved, done once, written down, and taken back."""
