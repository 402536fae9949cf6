"""Platforms, one folder each."""
