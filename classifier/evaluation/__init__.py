"""The yardstick: any judge on any labelled posts, slice by slice, with intervals."""
