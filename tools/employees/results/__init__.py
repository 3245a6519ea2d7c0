"""What the employee tools return: typed data that also reads as a short Markdown answer."""
