"""Packs: the evidence of a case as one ZIP file that leaves the house."""
