"""A recipe: which algorithms are run on which degradations, and what the pseudo labels are made of. Read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.rows import read_text
from iqabench.data.splits import PARTS, TRAIN
from iqabench.synthesis.contract import CATEGORIES
from iqabench.synthesis.degradations import Degradation, lookup

STANDARD = "standard"
FORMATS = ("png", "webp")
RULES = ("rank", "zscore")


@dataclass(frozen=True)
class Step:
    """One restorer with its settings."""

    restorer: str
    settings: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.settings)
        return f"{self.restorer}({inside})" if inside else self.restorer


@dataclass(frozen=True)
class Algorithm:
    """A chain of restorers on one degradation, blended with a second chain where ``other`` is not empty."""

    code: str
    """PIPAL's form ``bb_cc``: category and variant."""
    name: str
    part: str
    degradation: str
    steps: tuple[Step, ...]
    other: tuple[Step, ...] = ()
    share: float = 1.0
    """Share of ``steps`` in a blend; above 1 it exaggerates the difference to ``other``."""
    text: str = ""

    @property
    def category(self) -> str:
        """PIPAL's category code, ``00`` to ``05``."""
        return self.code[:2]

    @property
    def task(self) -> str:
        """Task in words."""
        return CATEGORIES[self.category][1]

    @property
    def description(self) -> str:
        """What is done, in words or as the chain of restorers."""
        chain = ", then ".join(str(step) for step in self.steps)
        if self.other:
            chain = f"{self.share:g} of ({chain}) and {1 - self.share:g} of ({', then '.join(map(str, self.other))})"
        return self.text or chain

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Steps of both chains."""
        return (*self.steps, *self.other)


@dataclass(frozen=True)
class LabelRecipe:
    """How metric values become pseudo labels."""

    metrics: Mapping[str, float]
    """Method -> its share; the direction is the method's own."""
    rule: str = "rank"
    """``rank`` or ``zscore``, within a content."""
    also: tuple[str, ...] = ()
    """Further methods whose values are stored and enter no label."""

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that are computed."""
        return (*self.metrics, *self.also)


@dataclass(frozen=True)
class Photo:
    """What a recipe says of one photograph."""

    crops: int
    part: str
    facts: Mapping[str, str] = field(default_factory=dict)
    """Licence, author and so on, for the card."""


@dataclass(frozen=True)
class SynthesisRecipe:
    """Everything that decides about the data set beside photographs and seed."""

    name: str
    version: str
    algorithms: tuple[Algorithm, ...]
    labels: LabelRecipe
    size: int = 192
    stride: int = 8
    format: str = "png"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values for every restorer that has a setting of that name."""
    photos: Mapping[str, Photo] = field(default_factory=dict)
    """By photograph; where given, only these are used, in this order."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the card that replace the general ones."""

    def degradations(self) -> dict[str, Degradation]:
        """Those that an algorithm needs, by name."""
        return {a.degradation: lookup(a.degradation, a.code) for a in self.algorithms}


def load_recipe(name_or_path: str) -> SynthesisRecipe:
    """Read the recipe that comes with the package under this name, or a TOML file.

    Raises
    ------
    DataError
        If there is none, or it is not what a recipe must be.
    """
    shipped = resources.files("iqabench.synthesis") / "recipes" / f"{name_or_path}.toml"
    path = Path(str(shipped)) if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        raise DataError(f"there is no recipe {name_or_path}; give a TOML file or the name {STANDARD!r}")
    try:
        values = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"{path}: not a TOML file ({error})") from error
    return parse_recipe(values, str(path))


def parse_recipe(values: Mapping[str, Any], where: str) -> SynthesisRecipe:
    """Turn the tables of a recipe into a :class:`SynthesisRecipe`; ``where`` begins every message. Raises DataError."""
    known = ("name", "version", "size", "stride", "format", "settings", "labels", "algorithms", "photos", "card")
    _known(values, known, where)
    algorithms = tuple(_algorithm(one, f"{where}, algorithm {i}") for i, one in enumerate(_list(values, where), 1))
    codes = [a.code for a in algorithms]
    for code in codes:
        if codes.count(code) > 1:
            raise DataError(f"{where}: two algorithms have the code {code}; give each its own")
    fmt = str(values.get("format", "png"))
    if fmt not in FORMATS:
        raise DataError(f"{where}: format {fmt!r}; use one of {', '.join(FORMATS)}")
    photos = {name: _photo(said, f"{where}, photo {name}") for name, said in _section(values, "photos", where).items()}
    return SynthesisRecipe(
        name=str(values.get("name", Path(where).stem)),
        version=str(values.get("version", "1")),
        algorithms=algorithms,
        labels=_labels(values.get("labels"), where),
        size=_whole(values, "size", 192, where),
        stride=_whole(values, "stride", 8, where),
        format=fmt,
        settings=_section(values, "settings", where),
        photos=photos,
        card=_section(values, "card", where),
    )


def _algorithm(values: Mapping[str, Any], where: str) -> Algorithm:
    _known(values, ("code", "name", "part", "on", "steps", "blend", "description"), where)
    for key in ("code", "part", "on", "steps"):
        if key not in values:
            raise DataError(f"{where}: {key} is missing")
    code, part = str(values["code"]), str(values["part"])
    where = f"{where} ({code})"
    if code[:2] not in CATEGORIES or code[2:3] != "_" or not code[3:].isalnum():
        raise DataError(f"{where}: the code must be a category, '_' and a variant, such as 03_07")
    if part not in PARTS:
        raise DataError(f"{where}: part {part!r}; use {' or '.join(PARTS)}")
    lookup(str(values["on"]), where)
    blend = _section(values, "blend", where)
    _known(blend, ("with", "share"), f"{where}, blend")
    if blend and "with" not in blend:
        raise DataError(f"{where}, blend: 'with' is missing: the restorers to blend with")
    return Algorithm(
        code=code,
        name=str(values.get("name", code)),
        part=part,
        degradation=str(values["on"]),
        steps=_steps(values["steps"], where),
        other=_steps(blend["with"], where) if "with" in blend else (),
        share=_share(blend.get("share", 0.5), f"{where}, blend") if blend else 1.0,
        text=str(values.get("description", "")),
    )


def _steps(values: Any, where: str) -> tuple[Step, ...]:
    if not isinstance(values, list) or not values:
        raise DataError(f'{where}: steps must be a list of restorers, such as ["bicubic"]')
    steps = []
    for value in values:
        if isinstance(value, str):
            steps.append(Step(value))
        elif isinstance(value, dict) and isinstance(value.get("use"), str):
            steps.append(Step(value["use"], tuple((k, v) for k, v in value.items() if k != "use")))
        else:
            raise DataError(f'{where}: step {value!r}; write a name, or a table: {{use = "unsharp", amount = 2}}')
    return tuple(steps)


def _labels(values: Any, where: str) -> LabelRecipe:
    if not isinstance(values, dict) or not isinstance(values.get("metrics"), dict) or not values["metrics"]:
        raise DataError(f"{where}: [labels] must give metrics, such as metrics = {{lpips = 0.5, dists = 0.5}}")
    _known(values, ("metrics", "rule", "also"), f"{where}, [labels]")
    shares = {name: _share(share, f"{where}, [labels], {name}") for name, share in values["metrics"].items()}
    also = values.get("also", [])
    if not isinstance(also, list) or not all(isinstance(name, str) for name in also):
        raise DataError(f"{where}, [labels]: also must be a list of methods")
    rule = str(values.get("rule", "rank"))
    if rule not in RULES:
        raise DataError(f"{where}, [labels]: rule {rule!r}; use {' or '.join(RULES)}")
    return LabelRecipe(shares, rule, tuple(name for name in also if name not in shares))


def _share(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100:
        raise DataError(f"{where}: the share must be a number above 0")
    return float(value)


def _section(values: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    section = values.get(key, {})
    if not isinstance(section, dict):
        raise DataError(f"{where}: {key} must be a table")
    return section


def _photo(values: Any, where: str) -> Photo:
    if not isinstance(values, dict):
        raise DataError(f"{where}: must be a table, such as {{crops = 1, part = 'train'}}")
    part = str(values.get("part", TRAIN))
    if part not in PARTS:
        raise DataError(f"{where}: part {part!r}; use {' or '.join(PARTS)}")
    facts = {key: str(value) for key, value in values.items() if key not in ("crops", "part")}
    return Photo(_whole(values, "crops", 1, where), part, facts)


def _list(values: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    found = values.get("algorithms")
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise DataError(f"{where}: algorithms must be a list of tables, one per algorithm")
    return found


def _whole(values: Mapping[str, Any], key: str, default: int, where: str) -> int:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DataError(f"{where}: {key} must be a whole number above 0")
    return value


def _known(values: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise DataError(f"{where}: {unknown[0]!r} is not known; use {', '.join(known)}")
