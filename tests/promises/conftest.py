"""The installed distribution, made once for all tests of this room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from installed import LOOK, Installed, install, once
from promised import names, programs


@pytest.fixture(scope="session")
def installed(shared: Path) -> Installed:
    """iqabench as its wheel holds it."""
    return Installed(once(shared, "installed", install))


@pytest.fixture(scope="session")
def seen(shared: Path, installed: Installed) -> dict[str, Any]:
    """What ``look.py`` finds in the wheel, from an empty folder: of the names and programs that the pages name."""
    asked = {"names": sorted(names()), "programs": programs(installed)[0]}

    def look(folder: Path) -> None:
        folder.mkdir()
        done = installed.run("python", "-P", LOOK, json.dumps(asked), cwd=folder)
        assert done.returncode == 0, done.stderr
        (folder / "seen.json").write_text(done.stdout)

    found: dict[str, Any] = json.loads((once(shared, "seen", look) / "seen.json").read_text())
    return found
