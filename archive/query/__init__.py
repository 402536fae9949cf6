"""The language of searches: from what a user types to a tree that every engine answers alike."""

from archive.query.reading import Asked, read

__all__ = ["Asked", "read"]
