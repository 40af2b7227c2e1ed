"""Whether a method is a network: ``--precision bf16`` scores networks alone in bfloat16."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from types import CellType, FunctionType
from typing import Any

from torch import nn

from iqabench.methods.base import Method


def has_network(method: Method) -> bool:
    """True for a method that declares weights or training, defines ``fused``, or holds a network.

    A network is a ``torch.nn.Module`` with parameters. It is looked for in the attributes of the object and of its
    classes, in the variables that their functions use, and in containers; what other objects hold is not seen, nor is
    a network that is made after this was first asked. A method says those by :attr:`Method.is_network`.
    """
    if method.is_network is None:
        declared = method.info.trainable or bool(method.info.weights) or type(method).fused is not Method.fused
        # Kept, so that a network which is loaded between two batches does not change the arithmetic of the second.
        vars(method)["is_network"] = declared or _is_held(method)
    return bool(method.is_network)


def _is_held(method: Method) -> bool:
    own = [one for one in type(method).__mro__ if one not in (Method, nn.Module, object)]
    seen: set[int] = set()
    return any(_leads_to_network(one, seen) for one in (method, dict(vars(method)), *(dict(vars(one)) for one in own)))


def _leads_to_network(value: Any, seen: set[int]) -> bool:
    if id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, nn.Module) and next(value.parameters(), None) is not None:
        return True
    return any(_leads_to_network(one, seen) for one in _inside(value))


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, nn.Module):
        return tuple(vars(value).values())
    if isinstance(value, Mapping):
        return tuple(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(value)
    if isinstance(value, partial):
        return (value.func, value.args, value.keywords)
    if isinstance(value, FunctionType):
        return _used_by(inspect.unwrap(value))
    return ()


def _used_by(function: Any) -> Iterable[Any]:
    """Variables of the module and of the functions around it; of functions only those of its own module."""
    around = function.__globals__
    used = [around[name] for name in function.__code__.co_names if name in around]
    used += [cell.cell_contents for cell in function.__closure__ or () if cell != CellType()]
    return [one for one in used if not isinstance(one, FunctionType) or one.__module__ == function.__module__]
