"""Imports of the company's own data from CSV and Excel files: all or nothing, and twice is once."""
