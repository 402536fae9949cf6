"""Which models there are, and which of them a home judges with."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.errors import InputError, MissingError
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from classifier.manifest import NAME, read_manifest, sha256

DEFAULT = "anyu-5"  # the wheel carries it too: pyproject.toml, force-include
_HERE = Path(__file__).parent
_CHECKOUT, _WHEEL = _HERE.parent / "models", _HERE / "default_model"


def default_model() -> Path:
    """Give the folder of the model that ships with the package."""
    for folder in (_CHECKOUT / DEFAULT, _WHEEL):
        if folder.is_dir():
            return folder
    raise MissingError(f"The default model {DEFAULT} is not installed: reinstall anyu.")


def known_models(settings: Settings) -> dict[str, Path]:
    """Give the folders of the models that ship and of those that a home keeps, by id."""
    shipped = sorted(path.parent for path in _CHECKOUT.glob(f"*/{NAME}"))
    kept = sorted(path.parent for path in settings.models.glob(f"*/{NAME}"))
    wheel = {} if _CHECKOUT.is_dir() else {DEFAULT: _WHEEL}
    found = (folder for folder in [*shipped, *kept] if not folder.name.startswith("."))
    return wheel | {folder.name: folder for folder in found}


def find_model(name: str, settings: Settings) -> Path:
    """Give a model's folder by its id or its path; raises ``InputError`` for one unknown."""
    if (Path(name) / NAME).is_file():
        return Path(name)
    known = known_models(settings)
    if name not in known:
        raise InputError(
            f"There is no model {name!r}: it is no folder with a {NAME}, and the known ones are "
            f"{', '.join(known)}."
        )
    return known[name]


def chosen_model(settings: Settings, ledger: Ledger | None) -> Path:
    """Give the folder that judges: that of ``ANYU_MODEL``, else the home's, else the shipped one.

    ``ledger`` is the home's, ``None`` where it has none.
    """
    if settings.model:
        return find_model(str(settings.model), settings)
    if ledger is None:
        return default_model()
    with ledger.reading() as connection:
        use = ledger.models.current(connection)
    return find_model(use.model, settings) if use else default_model()


def keep_model(folder: Path, settings: Settings) -> Path:
    """Copy a model that is not among the known ones into the home; give where it is then.

    Raises ``InputError`` when the home has another model of the same id.
    """
    manifest = read_manifest(folder)
    known = known_models(settings).get(manifest.id)
    if known is None:
        return _copied(folder, settings.models / manifest.id)
    if sha256(known / NAME) != sha256(folder / NAME):
        raise InputError(
            f"There is another model {manifest.id} in {known}: give {folder} an id of its own."
        )
    return known


def _copied(folder: Path, place: Path) -> Path:
    part = place.with_name(f".{place.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(folder, part)
    part.replace(place)
    return place
