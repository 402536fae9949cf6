"""Planted campaigns: posts of sellers, strangers and innocent people, with the truth beside."""
