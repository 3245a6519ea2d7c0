"""The exchanges that were recorded against the reference server, replayed against ours."""
