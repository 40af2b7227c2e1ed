"""Read a pickle that may hold numpy arrays of floats in dictionaries, and nothing else.

A pickle is a program. This reader knows three words of its language (dictionary, array, dtype) and refuses
the rest, so a hostile file can name ``os.system`` but never reach it. For arrays and dtypes it has stand-ins:
numpy's own ``__setstate__`` believes what it is told, and can be made to crash.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import Any

import numpy as np

from iqabench._util.errors import WeightsError
from iqabench.weights.plain import READ_ERRORS

_FLOATS = ("f2", "f4", "f8")


class _Dtype:
    """Stands for ``numpy.dtype``: a kind of float and its byte order."""

    def __init__(self, kind: Any, *_: Any) -> None:
        if kind not in _FLOATS:
            raise pickle.UnpicklingError(f"it holds values of type {kind!r} where floats belong")
        self.kind, self.order = kind, "="

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "=", "|"):
            raise pickle.UnpicklingError("the byte order of an array is none")
        self.order = state[1]


class _Array:
    """Stands for ``numpy.ndarray``; ``values`` is the array once its bytes have been checked."""

    values: np.ndarray[Any, Any] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, by_columns, content = state
        whole = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
        if not whole or not isinstance(dtype, _Dtype) or type(content) is not bytes:
            raise pickle.UnpicklingError("it holds an array that is none")
        kind = np.dtype(dtype.order.replace("|", "=") + dtype.kind)
        if math.prod(shape) * kind.itemsize != len(content):
            raise pickle.UnpicklingError(f"an array of shape {shape} does not fit its {len(content):,} bytes")
        flat = np.frombuffer(content, kind).astype(kind.newbyteorder("="))
        self.values = flat.reshape(shape, order="F" if by_columns else "C")


def _empty_array(kind: Any, *_: Any) -> _Array:
    if kind is not _Array:
        raise pickle.UnpicklingError("it builds something else than a plain array")
    return _Array()


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")
        return _ALLOWED[module_name, global_name]


def load_arrays(content: bytes, origin: str) -> dict[str, Any]:
    """Return the nested dictionary of arrays pickled in ``content``; ``origin`` names it in errors.

    Raises
    ------
    WeightsError
        If the pickle asks for anything but numpy arrays, is damaged, or is not a dictionary of arrays.
    """
    try:
        # A hostile or cut-off stream can also trip over the types and sizes it claims.
        _refuse_huge_memo(content)
        loaded = _ArrayUnpickler(io.BytesIO(content)).load()
        if not isinstance(loaded, dict):
            raise pickle.UnpicklingError(f"it holds a {type(loaded).__name__} where a dictionary belongs")
        return {name: _arrays(value) for name, value in loaded.items()}
    except READ_ERRORS as error:
        raise WeightsError(f"{origin} is refused: {error}. Only numpy arrays are read from a pickle") from error


def _refuse_huge_memo(content: bytes) -> None:
    """Python's reader makes room for every number up to the largest one under which a pickle remembers something."""
    for word, argument, _ in pickletools.genops(content):
        if word.name in ("PUT", "LONG_BINPUT") and isinstance(argument, int) and argument > len(content):
            raise pickle.UnpicklingError(f"it remembers a value under the number {argument:,}")


def _arrays(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _arrays(part) for name, part in value.items()}
    if not isinstance(value, _Array) or value.values is None:
        raise pickle.UnpicklingError(f"it holds a {type(value).__name__} where an array of floats belongs")
    return value.values
