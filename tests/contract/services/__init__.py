"""One suite, run against every service."""
