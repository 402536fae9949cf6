"""Telegram's web preview: t.me/s/ pages, landing pages, single posts."""
