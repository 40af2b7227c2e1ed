"""Files as typed records: a pydantic model states what a file may hold, one sentence states what is wrong with it.

Import this module where a file is read, not at start-up: pydantic is slower to import than ``iqabench list`` is to run.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from iqabench._util.errors import UserError


class Record(BaseModel):
    """What a file says. No value is converted, NaN and infinity are refused, and further keys are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class ClosedRecord(Record):
    """A record in which an unknown key is an error: people write these files, and misspell."""

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, values: Any) -> Any:
        if isinstance(values, dict):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in values:
                if key not in known:
                    raise ValueError(f"unknown key {key!r}{suggestion(key, known)}")
        return values


Lenient = Strict(False)
"""Lets a list of the file become a tuple; what is in it is checked as strictly as everything else."""

Text = Annotated[str, Lenient, Field(coerce_numbers_to_str=True)]
"""Text; a number is taken for the text that it is written as, as in ``version = 2``."""

Model = TypeVar("Model", bound=BaseModel)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "list_type": "a list",
    "tuple_type": "a list",
    "literal_error": "{expected}",
    "too_short": "at least {min_length} values",
    "too_long": "at most {max_length} values",
    "greater_than": "above {gt:g}",
    "greater_than_equal": "{ge} or more",
    "less_than": "below {lt:g}",
    "less_than_equal": "{le} or less",
}

_TITLES = ("label", "code", "name")
"""Keys by which people know a table of a list."""


def checked(model: type[Model], values: Any, where: str, error: type[UserError], advice: str = "") -> Model:
    """``values`` as a ``model``.

    Raises
    ------
    UserError
        (of the class ``error``) if they are none: ``where`` begins the message, ``advice`` ends it.
    """
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        raise error(f"{where}{_told(wrong, values)}{advice}") from wrong
    except ValueError as wrong:  # Python writes out no whole number of more than 4300 digits
        raise error(f"{where}: a number of thousands of digits is no text{advice}") from wrong


def suggestion(word: str, known: Collection[str]) -> str:
    """The end of a message about an unknown word: the known word that it resembles, else all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"


def _told(wrong: ValidationError, values: Any) -> str:
    """The first thing that is wrong, to follow the name of the file: ``", row 1 (SSIM): method must be text, ..."``."""
    first = wrong.errors(include_url=False)[0]
    before, name = _place(first["loc"], values)
    value, kind = first["input"], first["type"]
    if kind == "value_error":
        return f"{before}{name and ', '}{name}: {first['ctx']['error']}"
    if kind == "missing" or value is None:
        return f"{before}: {name} is missing"
    if kind in ("too_short", "string_too_short") and not value:
        return f"{before}: {name} is empty"
    if kind not in _WANTED:
        return f"{before}: {name}: {first['msg']}"
    wanted = _WANTED[kind].format(**first.get("ctx", {}))
    return f"{before}: {name or 'it'} must be {wanted}, not {_quoted(value)}"


def _place(path: tuple[int | str, ...], values: Any) -> tuple[str, str]:
    """``("rows", 0, "method")`` as ``(", row 1 (SSIM)", "method")``."""
    places, names = list[str](), list[str]()
    for step in path:
        if isinstance(step, str):
            names.append(step)
            values = values.get(step) if isinstance(values, dict) else None
        else:
            values = values[step] if isinstance(values, list) and step < len(values) else None
            titles = [values[key] for key in _TITLES if key in values] if isinstance(values, dict) else []
            title = f" ({titles[0]})" if titles and isinstance(titles[0], str) and titles[0] else ""
            *outer, inner = names or ["entry"]
            places += [*outer, f"{inner.removesuffix('s')} {step + 1}{title}"]
            names = []
    name = ".".join(names) or (places.pop() if places else "")
    return "".join(f", {place}" for place in places), name


def _quoted(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:
        return "a number of thousands of digits"
