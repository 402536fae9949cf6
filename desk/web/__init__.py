"""The web application of the desk."""
