"""The desk's pages and their JSON twins."""
