"""What a person asks to remember, and stable preferences: kept per person, and recalled into their turns."""
