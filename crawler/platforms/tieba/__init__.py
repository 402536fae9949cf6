"""Baidu Tieba: its PC pages and its JSON interfaces."""
