"""Real clients of the LangGraph API against a real server: what they can do, and what they get."""
