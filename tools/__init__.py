"""What agents can do: typed, permission-checked functions over the company's data."""
