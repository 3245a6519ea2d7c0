"""What reports on employees say: sales against target, attendance, reviews, comings and goings."""
