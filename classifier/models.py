"""Where models live: in the checkout's ``models/`` or, installed, in the package ``models``."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from archive.errors import MissingError

DEFAULT = "gate-1"


def default_model() -> Path:
    """Give the folder of the model that ships with the package."""
    beside = Path(__file__).parents[1] / "models" / DEFAULT
    if beside.is_dir():
        return beside
    try:
        shipped = Path(str(resources.files("models"))) / DEFAULT
    except ModuleNotFoundError:
        shipped = beside
    if not shipped.is_dir():
        raise MissingError(f"The default model {DEFAULT} is not installed: reinstall anyu.")
    return shipped
