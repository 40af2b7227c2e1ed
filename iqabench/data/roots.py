"""Where data sets lie that were fetched, or whose root was given once: so that ``--root`` need not be typed again.

A root is where files are found, never part of what a run is: the same data in another folder gives the same run.
"""

from __future__ import annotations

from pathlib import Path


def settings_file() -> Path:
    """The file in the user's folder of configuration that remembers it."""
    from platformdirs import user_config_path

    return user_config_path("iqabench", appauthor=False) / "config.toml"


def remembered_root(name: str) -> Path | None:
    """Where the data set ``name`` lies, if that is remembered; it may be gone.

    Raises
    ------
    UserError
        If the file of settings cannot be read.
    """
    if not settings_file().is_file():
        return None
    from iqabench.data.settings import read_settings

    root = read_settings().roots.get(name)
    return None if root is None else Path(root)


def unfinished_fetch(root: Path) -> Path:
    """The folder beside ``root`` in which its downloads lie until all of it is there."""
    return root.with_name(f".{root.name}.fetching")
