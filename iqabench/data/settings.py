"""What iqabench remembers of a user: where data sets lie, and whose terms were accepted. One TOML file.

Example::

    [roots]
    pipal = "/data/pipal"

    [accepted]
    pipal = "2026-11-26"
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from iqabench._util.errors import UserError
from iqabench._util.files import locked, write_atomically
from iqabench._util.records import Record, checked
from iqabench.data.roots import settings_file
from iqabench.data.tomlfile import read_toml


class Settings(Record):
    """The file; what it leaves out is empty."""

    roots: dict[str, str] = Field(default_factory=dict)
    """Absolute path by name of the data set."""
    accepted: dict[str, str] = Field(default_factory=dict)
    """Day on which the terms were accepted, by name of the data set."""


def read_settings() -> Settings:
    """What is remembered.

    Raises
    ------
    UserError
        If the file is not TOML, or holds something else.
    """
    path = settings_file()
    if not path.is_file():
        return Settings()
    return checked(Settings, read_toml(path, UserError), str(path), UserError)


def change_settings(change: Callable[[Settings], Settings]) -> Path:
    """Change what is remembered, while no other process does; return the file.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    import tomli_w

    path = settings_file()
    with locked(path.parent, "settings"):
        write_atomically(path, tomli_w.dumps(change(read_settings()).model_dump()))
    return path


def remember_root(name: str, root: Path | None) -> Path:
    """Remember where the data set ``name`` lies; None forgets it. Returns the file of settings."""

    def changed(before: Settings) -> Settings:
        roots = {key: value for key, value in before.roots.items() if key != name}
        return before.model_copy(update={"roots": roots if root is None else roots | {name: str(root)}})

    return change_settings(changed)


def remember_acceptance(name: str, day: str) -> Path:
    """Remember that the terms of ``name`` were accepted on ``day``. Returns the file of settings."""
    return change_settings(lambda before: before.model_copy(update={"accepted": before.accepted | {name: day}}))
