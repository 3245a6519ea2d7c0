"""Conversations and their messages: the record that people see, search and review."""
