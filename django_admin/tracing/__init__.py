"""Traces of turns: a LangSmith-compatible sink, and a page that shows a trace as a tree."""
