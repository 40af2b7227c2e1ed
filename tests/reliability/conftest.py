"""A nursery of killable processes and a small manifest, shared by all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from every_command import line, write_inputs

from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, make_plans, undisturbed, write_data


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for everything that the tests of this folder share."""
    return tmp_path_factory.mktemp("reliability")


@pytest.fixture(scope="session")
def nursery(place: Path) -> Nursery:
    """Processes that start in milliseconds and may be killed."""
    return Nursery(place)


@pytest.fixture(scope="session")
def small_data(place: Path) -> Path:
    """A manifest of 6 contents x 6 algorithms."""
    return write_data(place / "data")


@pytest.fixture(scope="session")
def plans(place: Path, small_data: Path) -> dict[str, Plan]:
    """The plans ``score``, ``train`` and ``reproduce``."""
    return make_plans(small_data, place)


@pytest.fixture(scope="session")
def truth(nursery: Nursery, plans: dict[str, Plan], place: Path) -> Callable[[str], Truth]:
    """What an undisturbed run of a plan leaves; computed once."""
    known: dict[str, Truth] = {}

    def of(name: str) -> Truth:
        if name not in known:
            known[name] = undisturbed(nursery, plans[name], place)
        return known[name]

    return of


@pytest.fixture(scope="session")
def every(nursery: Nursery, place: Path) -> Path:
    """Inputs for the example of every command, and the results of ``run``."""
    folder = place / "every"
    folder.mkdir()
    write_inputs(folder)
    (ended,) = nursery.run(Child(line(folder, "run")))
    assert ended.code == 0, ended.err
    return folder
