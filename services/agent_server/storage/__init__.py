"""Where threads, runs, checkpoints and long-term memory are kept: SQLite files, or a PostgreSQL schema."""
