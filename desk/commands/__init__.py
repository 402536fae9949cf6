"""The commands of `anyu`, one file a subject."""
