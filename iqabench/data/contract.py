"""How a data set is declared: its name, one line about it, where it lies, and the function that reads it.

The smallest plugin is one function::

    from iqabench import Card, Dataset, dataset, manifest_frame

    @dataset("mine", root="the folder that holds restored and degraded")
    def read_mine(root):
        '''Restored images and what they were restored from.'''
        rows = [
            {"image_id": image.stem, "image": str(image), "degraded": str(root / "degraded" / image.name)}
            for image in sorted((root / "restored").glob("*.png"))
        ]
        return Dataset(Card("mine", label_kind="none"), root, manifest_frame(rows))

``root`` is an absolute path that exists. Further keywords are options that ``open_dataset`` passes on.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from iqabench._util.errors import UserError

if TYPE_CHECKING:
    from iqabench.data.base import Dataset

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set without reading it."""

    name: str
    summary: str = ""
    root: str | None = None
    """What ``--root`` must name; None if the data set brings its files along."""


@dataclass(frozen=True)
class DatasetEntry:
    """A data set in the registry: its declaration and its reader."""

    iqabench_kind: ClassVar[str] = "dataset"
    """What a plugin file holds; see :func:`iqabench._util.registry.kind_of`."""
    info: DatasetInfo
    code: Callable[..., Dataset] | str
    """The function that reads it, or ``"module:attribute"`` imported on first use."""
    source: str = ""
    """Where it came from: distribution and version, or the plugin file."""
    replaces: str = ""
    """Who else offers a data set of this name, if this one was allowed to take its place."""

    @cached_property
    def reader(self) -> Callable[..., Dataset]:
        """The function itself."""
        if not isinstance(self.code, str):
            return self.code
        module, _, attribute = self.code.partition(":")
        reader: Callable[..., Dataset] = getattr(import_module(module), attribute)
        return reader

    def wants_root(self) -> bool:
        """True if the function cannot be called without a folder."""
        parameters = inspect.signature(self.reader).parameters.values()
        return any(
            one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
            for one in parameters
        )

    def options(self) -> tuple[str, ...]:
        """Keywords that the reader takes beside ``root``."""
        return tuple(name for name in inspect.signature(self.reader).parameters if name != "root")


def declare_dataset(name: str, reader: str, summary: str, root: str | None = None) -> DatasetEntry:
    """Declare a data set whose reader, ``"module:attribute"``, is imported only when it is used."""
    return DatasetEntry(_checked(DatasetInfo(name, summary, root)), reader)


Declared = TypeVar("Declared", bound=Callable[..., Any])


def dataset(name: str, *, root: str | None = None, summary: str = "") -> Callable[[Declared], Declared]:
    """Declare a function as the reader of a data set.

    Parameters
    ----------
    name
        What ``--dataset`` calls it: small letters, digits, ``-``, ``_`` and ``.``.
    root
        What ``--root`` must name, for people (``"the folder that holds restored"``): the function is given it as a
        :class:`~pathlib.Path`. None if the data set brings its files along; then the function is given nothing.
    summary
        One line about it; default: the first line of the function's docstring.

    Raises
    ------
    UserError
        For a name of another form.

    Examples
    --------
    >>> from iqabench import Card, Dataset, dataset, manifest_frame
    >>> @dataset("pngs", root="the folder that holds the images")
    ... def read_pngs(root):
    ...     '''All PNG files of a folder, without labels.'''
    ...     rows = [{"image_id": file.stem, "image": str(file)} for file in root.glob("*.png")]
    ...     return Dataset(Card("pngs", label_kind="none"), root, manifest_frame(rows))
    >>> read_pngs.dataset_info.summary
    'All PNG files of a folder, without labels.'
    """

    def attach(target: Declared) -> Declared:
        said = summary or (inspect.getdoc(target) or "").split("\n")[0]
        target.dataset_info = _checked(DatasetInfo(name, said, root))  # type: ignore[attr-defined]
        target.iqabench_kind = DatasetEntry.iqabench_kind  # type: ignore[attr-defined]
        return target

    return attach


def as_dataset(target: Any, source: str) -> DatasetEntry:
    """Turn what an entry point or a plugin file holds into a :class:`DatasetEntry`.

    Raises
    ------
    UserError
        If ``target`` was declared neither with ``@dataset`` nor with :func:`declare_dataset`.
    """
    if isinstance(target, DatasetEntry):
        return replace(target, source=source)
    info = getattr(target, "dataset_info", None)
    if not isinstance(info, DatasetInfo):
        raise UserError(f"{source}: {target!r} is not a data set; put @dataset(...) above its reader")
    return DatasetEntry(info, target, source)


def _checked(info: DatasetInfo) -> DatasetInfo:
    if not _NAME.fullmatch(info.name):
        raise UserError(f"data set {info.name!r}: use small letters, digits, '-', '_' and '.' in its name")
    return info
