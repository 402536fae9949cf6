"""The formats of other tools, one a file; field names and their sources: docs/importing.md."""
