"""Company documents: read, cut into passages, embed, search, cite."""
