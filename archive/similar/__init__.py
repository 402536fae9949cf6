"""More like this: posts that say or show nearly the same, with what proves it."""

from archive.similar.finding import By, Found, Similar, find
from archive.similar.phrases import Place, Shared

__all__ = ["By", "Found", "Place", "Shared", "Similar", "find"]
