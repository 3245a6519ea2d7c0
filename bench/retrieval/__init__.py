"""Whether searches find the right passage, and how quickly, in text that none of us wrote."""
