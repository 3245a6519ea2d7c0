"""Traces of turns: where they go, what may not go with them, and one tree over several processes."""
