"""The SQL: one module for each kind of question, all conditioned on what the caller may see."""
