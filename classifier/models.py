"""Where the default model is: in the checkout's ``models/``, or in an installed package."""

from __future__ import annotations

from pathlib import Path

from archive.errors import MissingError

DEFAULT = "gate-3"  # the wheel carries it too: pyproject.toml, force-include


def default_model() -> Path:
    """Give the folder of the model that ships with the package."""
    here = Path(__file__).parent
    for folder in (here.parent / "models" / DEFAULT, here / "default_model"):
        if folder.is_dir():
            return folder
    raise MissingError(f"The default model {DEFAULT} is not installed: reinstall anyu.")
