"""The people behind posts: links between accounts, and campaigns."""

from __future__ import annotations

from archive.links.linker import Linker
from archive.links.persons import Persons

__all__ = ["Linker", "Persons"]
