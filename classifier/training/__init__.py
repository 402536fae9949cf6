"""Training: nothing here is imported to judge."""
