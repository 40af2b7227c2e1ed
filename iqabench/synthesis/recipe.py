"""A recipe: which algorithms are run on which degradations, and what the pseudo labels are made of. Read from TOML."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, computed_field, field_validator, model_validator

from iqabench._util.errors import DataError
from iqabench._util.records import ClosedRecord, Lenient, Record, Text, checked
from iqabench.data.splits import TRAIN
from iqabench.data.tomlfile import read_toml
from iqabench.synthesis.contract import CATEGORIES
from iqabench.synthesis.degradations import DEGRADATIONS, Degradation, lookup

STANDARD = "standard"

Part = Literal["train", "validate"]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=100)]


class Step(Record):
    """One restorer with its settings: ``"unsharp"``, or ``{use = "unsharp", amount = 2}``."""

    restorer: str
    settings: tuple[tuple[str, Any], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"restorer": value}
        if isinstance(value, dict) and isinstance(value.get("use"), str):
            return {"restorer": value["use"], "settings": tuple((k, v) for k, v in value.items() if k != "use")}
        raise ValueError(f'{value!r} is no step; write a name, or a table: {{use = "unsharp", amount = 2}}')

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.settings)
        return f"{self.restorer}({inside})" if inside else self.restorer


Chain = Annotated[tuple[Step, ...], Lenient, Field(min_length=1)]


class Blend(ClosedRecord):
    """A second chain that is blended with the first."""

    chain: Chain = Field(alias="with")
    share: Share = 0.5
    """Share of the first chain; above 1 it exaggerates the difference to the second."""


class Algorithm(ClosedRecord):
    """A chain of restorers on one degradation, blended with a second chain where ``blend`` says so."""

    code: str
    """PIPAL's form ``bb_cc``: category and variant."""
    name: Text = ""
    """The code where none is given."""
    part: Part
    degradation: str = Field(alias="on")
    steps: Chain
    blend: Blend | None = Field(default=None, exclude=True)
    text: Text = Field(default="", alias="description")

    @field_validator("code")
    @classmethod
    def _has_a_category(cls, code: str) -> str:
        if code[:2] not in CATEGORIES or code[2:3] != "_" or not code[3:].isalnum():
            raise ValueError(f"the code must be a category, '_' and a variant, such as 03_07, not {code!r}")
        return code

    @field_validator("degradation")
    @classmethod
    def _exists(cls, name: str) -> str:
        if name not in DEGRADATIONS:
            raise ValueError(f"there is no degradation {name!r}; use one of {', '.join(DEGRADATIONS)}")
        return name

    @model_validator(mode="before")
    @classmethod
    def _called_by_its_code(cls, values: Any) -> Any:
        return {"name": values["code"], **values} if isinstance(values, dict) and "code" in values else values

    @computed_field  # type: ignore[prop-decorator]
    @property
    def other(self) -> tuple[Step, ...]:
        """The second chain; empty if there is none."""
        return self.blend.chain if self.blend else ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """Share of ``steps`` in the result."""
        return self.blend.share if self.blend else 1.0

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


class LabelRecipe(ClosedRecord):
    """How metric values become pseudo labels."""

    metrics: Annotated[dict[str, Share], Field(min_length=1)]
    """Method -> its share; the direction is the method's own."""
    rule: Literal["rank", "zscore"] = "rank"
    """What the values of a content are replaced by."""
    also: Annotated[tuple[str, ...], Lenient] = ()
    """Further methods whose values are stored and enter no label."""

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that are computed."""
        return tuple(dict.fromkeys((*self.metrics, *self.also)))


class Photo(Record):
    """What a recipe says of one photograph: number of crops, part, and facts for the card."""

    model_config = ConfigDict(extra="allow")

    crops: Count = 1
    part: Part = TRAIN  # type: ignore[assignment]

    @property
    def facts(self) -> dict[str, str]:
        """Licence, author and so on, for the card."""
        return {key: str(value) for key, value in (self.model_extra or {}).items()}


class SynthesisRecipe(ClosedRecord):
    """Everything that decides about the data set beside photographs and seed."""

    name: Text
    version: Text = "1"
    algorithms: Annotated[tuple[Algorithm, ...], Lenient, Field(min_length=1)]
    labels: LabelRecipe
    size: Count = 192
    stride: Count = 8
    format: Literal["png", "webp"] = "png"
    settings: dict[str, Any] = Field(default_factory=dict)
    """Values for every restorer that has a setting of that name."""
    photos: dict[str, Photo] = Field(default_factory=dict)
    """By photograph; where given, only these are used, in this order."""
    card: dict[str, Any] = Field(default_factory=dict)
    """Keys of the card that replace the general ones."""

    @model_validator(mode="after")
    def _has_no_code_twice(self) -> Self:
        codes = [algorithm.code for algorithm in self.algorithms]
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(f"two algorithms have the code {code}; give each its own")
        return self

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
    return parse_recipe(read_toml(path), str(path))


def parse_recipe(values: dict[str, Any], where: str) -> SynthesisRecipe:
    """Turn the tables of a recipe into a :class:`SynthesisRecipe`; ``where`` begins every message. Raises DataError."""
    return checked(SynthesisRecipe, {"name": Path(where).stem, **values}, where, DataError)
