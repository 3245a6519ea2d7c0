"""Serves compiled LangGraph graphs over the LangGraph server API, with authentication and ownership."""
