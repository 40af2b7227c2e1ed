"""Read a pickle that may hold numpy arrays in dictionaries, and nothing else.

A pickle is a program. This reader knows three words of its language (dictionary, array, dtype) and refuses
the rest, so a hostile file can name ``os.system`` but never reach it.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from iqabench.errors import WeightsError


def _empty_array(kind: Any, shape: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Stand in for numpy's private ``_reconstruct``: an empty array that the pickle then fills."""
    if kind is not np.ndarray:
        raise pickle.UnpicklingError("it builds something else than a plain array")
    return np.ndarray(shape, np.dtype("u1") if dtype in (b"b", "b") else np.dtype(dtype))


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
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
        loaded = _ArrayUnpickler(io.BytesIO(content)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise WeightsError(f"{origin} is refused: {error}. Only numpy arrays are read from a pickle") from error
    _check(loaded, origin)
    return dict(loaded)


def _check(value: Any, origin: str) -> None:
    if isinstance(value, dict):
        for part in value.values():
            _check(part, origin)
    elif not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise WeightsError(f"{origin} is refused: it holds a {type(value).__name__} where an array of floats belongs")
