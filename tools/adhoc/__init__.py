"""Read-only SQL of analysts, over views that hold what each may see."""
