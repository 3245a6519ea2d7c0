"""Questions that each client tool answers, for the offline model to compare with."""
