"""Pages in, posts out."""
