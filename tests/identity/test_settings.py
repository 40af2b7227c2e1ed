"""The settings of a method are its constructor's arguments: none can be hidden, and plain data is all they are."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from iqabench import Method, method
from iqabench._util.errors import MethodError
from iqabench.methods.contract import MethodEntry, MethodInfo, declare


class Plain(Method):
    def __init__(self, gain: float = 1.0, bands: list[int] | None = None, *, name: str = "a") -> None:
        if bands is not None:
            bands.append(99)


class Inherits(Plain):
    pass


class Narrows(Plain):
    def __init__(self, width: int = 3) -> None:
        super().__init__(gain=width * 2)


class Network(nn.Module, Method):
    def __init__(self, *widths: int, depth: int = 2, **rest: Any) -> None:
        super().__init__()


@dataclasses.dataclass
class Record(Method):
    power: float = 2.0


def entry(build: Any) -> MethodEntry:
    return MethodEntry(MethodInfo("m"), build)


@pytest.mark.parametrize(
    ("build", "given", "expected"),
    [
        (Plain, {}, {"gain": 1.0, "bands": None, "name": "a"}),
        (Plain, {"gain": 3, "bands": [1, 2]}, {"gain": 3.0, "bands": [1, 2], "name": "a"}),
        (Inherits, {"name": "b"}, {"gain": 1.0, "bands": None, "name": "b"}),
        (Narrows, {"width": 4}, {"width": 4}),
        (Network, {"depth": 3, "extra": True}, {"depth": 3, "extra": True}),
        (Record, {"power": 3}, {"power": 3.0}),
        (partial(Plain, gain=5.0), {}, {"gain": 5.0, "bands": None, "name": "a"}),
        (partial(Plain, 5.0), {}, {"gain": 5.0, "bands": None, "name": "a"}),
        (lambda level=1: Plain(gain=level * 7.0), {"level": 2}, {"level": 2}),
    ],
)
def test_every_argument_is_a_setting(build: Any, given: dict[str, Any], expected: dict[str, Any]) -> None:
    built = entry(build).create(**given)
    assert built.settings == expected
    for twin in (copy.copy(built), copy.deepcopy(built)):
        assert twin.settings == expected


def test_a_pickled_method_keeps_its_settings() -> None:
    assert pickle.loads(pickle.dumps(Plain(gain=2.5))).settings["gain"] == 2.5


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), nn.Linear(1, 1), lambda: 0, b"bytes", 1j])
def test_what_no_file_can_keep_is_refused_in_one_message(value: Any) -> None:
    with pytest.raises(MethodError, match="m: its setting gain"):
        entry(Plain).create(gain=value)
    with pytest.raises(MethodError, match=r"m: its setting bands\.deep|m: its setting bands"):
        entry(Plain).create(bands={"deep": value})


def test_a_file_enters_by_what_it_holds(tmp_path: Path) -> None:
    first, second, folder = tmp_path / "a.bin", tmp_path / "b.bin", tmp_path / "folder"
    folder.mkdir()
    for file in (first, second, folder / "x.bin"):
        file.write_bytes(b"one")

    def named(path: Path | str) -> Any:
        return entry(Plain).create(name=path).settings["name"]

    assert named(first) == named(str(second)) != named(str(tmp_path / "absent.bin"))
    before = named(first), named(folder)
    first.write_bytes(b"two")
    (folder / "x.bin").write_bytes(b"two")
    assert named(first) != before[0]
    assert named(folder) != before[1]


def test_a_fact_may_fill_an_open_choice_and_hide_none() -> None:
    class Chooses(Method):
        def __init__(self, start: str = "auto", hide: bool = False) -> None:
            self.state_facts(start="random" if start == "auto" else start, library="1.2")
            if hide:
                self.state_facts(start="other")

    assert entry(Chooses).create().settings == {"start": "random", "hide": False, "library": "1.2"}
    assert entry(Chooses).create().settings == entry(Chooses).create(start="random").settings
    with pytest.raises(MethodError, match="was given start='imagenet' and states 'other'"):
        entry(Chooses).create(start="imagenet", hide=True)

    def factory(level: float = 1.0) -> Method:
        built = Plain()
        built.state_facts(level=0.0)
        return built

    with pytest.raises(MethodError, match=r"was given level=2\.0 and states 0\.0"):
        entry(factory).create(level=2.0)


def test_a_class_that_does_not_derive_is_taken_in() -> None:
    @method("bare", paradigms="NR")
    class Bare:
        def __init__(self, gain: float = 1.0) -> None:
            super(Bare, self).__init__()  # noqa: UP008 - as much code for torch is written
            self.settings = {"gain": gain, "extra": 3}

        def score(self, restored: Any, prepared: Any) -> Any:
            return restored

    built = MethodEntry(Bare.info, Bare).create(gain=2.0)  # type: ignore[attr-defined]
    assert isinstance(built, Method)
    assert built.settings == {"gain": 2.0, "extra": 3}
    assert (built.weights_used, built.notes, built.tiling, built.scores_rows, built.fused("fp32")) == (
        *({}, [], None, False),
        built,
    )
    assert not Bare.info.trainable  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["settings", "weights_used"])
def test_a_class_that_uses_such_a_name_itself_is_refused_when_it_is_declared(name: str) -> None:
    cls = type("Odd", (), {name: {"a": 1}})
    with pytest.raises(MethodError, match=f"class Odd defines {name} itself"):
        method("odd")(cls)


def test_what_is_no_method_is_refused_when_it_is_built() -> None:
    with pytest.raises(MethodError, match=r"class dict must derive from iqabench\.Method"):
        declare(MethodInfo("d"), "builtins:dict").create()
    with pytest.raises(MethodError, match=r"builds a int; derive its class from iqabench\.Method"):
        entry(lambda: 3).create()
