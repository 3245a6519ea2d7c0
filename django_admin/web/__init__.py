"""The pages that people see: chat, documents, errors."""
