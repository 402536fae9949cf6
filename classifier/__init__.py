"""Posts in, verdicts out."""
