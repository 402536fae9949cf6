"""Pretrained encoders to start from: a folder, a hub's id, or a copy in a package registry."""

from classifier.training.bases.finding import DEFAULT_BASE, find_base

__all__ = ["DEFAULT_BASE", "find_base"]
