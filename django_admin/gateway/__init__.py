"""The way of a question into the agents and of its answer back."""
