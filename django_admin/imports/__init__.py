"""Imports of the company's data: files that people send, what is wrong with them, and what became of them."""
