"""``iqabench.list_methods`` and ``iqabench.create_method``: what a user asks a registry for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import UserError
from iqabench.data.paradigm import Paradigm
from iqabench.methods.given import files_given, method_given
from iqabench.methods.registry import Registry

if TYPE_CHECKING:
    from iqabench.methods.base import Method


def list_methods(
    paradigm: str | None = None, *, trainable: bool | None = None, plugins: str | Path | Iterable[str | Path] = ()
) -> list[str]:
    """Names of the methods that can be had here.

    Parameters
    ----------
    paradigm
        Only methods that can be shown this: ``NR``, ``DR`` or ``FR``, in any case. Default: all.
    trainable
        Only methods that are trained on a split (True), or only those that are not (False). Default: both.
    plugins
        Python files with methods of your own.

    Returns
    -------
    list of str
        In alphabetical order. Families (``piq:...``) are not listed: their members are many.

    Raises
    ------
    UserError
        For an unknown paradigm, or a plugin file that cannot be imported.

    Examples
    --------
    >>> import iqabench
    >>> iqabench.list_methods("NR", trainable=False)
    ['il-niqe', 'niqe', 'sharpness']
    """
    shown = None if paradigm is None else str(paradigm).upper()
    if shown is not None and shown not in list(Paradigm):
        raise UserError(f"paradigm {paradigm!r}: use one of {', '.join(Paradigm)}")
    entries = Registry(files_given(plugins)).entries()
    return [
        entry.info.name
        for entry in entries
        if (shown is None or shown in entry.info.paradigms) and (trainable is None or trainable == entry.info.trainable)
    ]


def create_method(name: Any, *, plugins: str | Path | Iterable[str | Path] = (), **settings: Any) -> Method:
    """Build a method by its name or declaration.

    Parameters
    ----------
    name
        As ``iqabench list methods`` shows it, or ``family:member``, such as ``piq:brisque``; or a function or class
        with ``@iqabench.method`` above it. An object of :class:`iqabench.Method` is returned as it is.
    plugins
        Python files with methods of your own.
    settings
        Arguments of the method's constructor; they become its :attr:`~iqabench.Method.settings`.

    Returns
    -------
    Method
        Its :meth:`~iqabench.Method.prepare` takes a reference ``(1, 3, H, W)``, its
        :meth:`~iqabench.Method.score` restored images ``(N, 3, H, W)``, float32 RGB in [0, 1]. A method that is
        trained must be fitted first; for one that is trained already see :func:`iqabench.score`.

    Raises
    ------
    UserError
        If there is no such method (with a suggestion), it has no such setting, or its weights cannot be had.

    Examples
    --------
    >>> import iqabench, torch
    >>> ssim = iqabench.create_method("ssim", downsample=False)
    >>> image = torch.zeros(1, 3, 64, 64)
    >>> ssim.score(image, ssim.prepare(image)).tolist()
    [1.0]
    """
    if not isinstance(name, str):
        return method_given(name, settings)
    return Registry(files_given(plugins)).get(name).create(**settings)
