"""Which arithmetic a method offers on a machine; see ``--precision``."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError, UserError
from iqabench.methods.base import Method, MethodInfo
from iqabench.methods.network import has_network
from iqabench.scoring.int8 import AVAILABLE

INT8 = "int8"


def precision_of(method: Method, asked: str) -> str:
    """The precision in which ``method`` scores where ``asked`` is asked for: what is recorded of its scores.

    bf16 is for networks. A formula scores in fp32: in bfloat16 it would give other ranks (on ``mini`` MS-SSIM agreed
    with itself in float32 by a rank correlation of .76, DSS by .81).
    """
    return "fp32" if asked == "bf16" and not has_network(method) else asked


def arithmetic_of(method: Method, machine: Machine) -> AbstractContextManager[object]:
    """In which a method that has no fused form scores: bfloat16 where that is asked for and it is a network."""
    return machine.autocast() if has_network(method) else nullcontext()


def notes_of(method: Method, precision: str) -> list[str]:
    """What the reader of scores by ``method`` in ``precision`` must know: notes of their row."""
    if precision != INT8:
        return []
    return [f"int8: scores differ from fp32's; {method.int8_nearness or 'how far has not been measured'}"]


def said_of_float32(methods: Iterable[Method], asked: str) -> list[str]:
    """A note that names the ``methods`` that score in float32 although bf16 is asked for; none if there are none."""
    names = dict.fromkeys(one.info.name for one in methods if precision_of(one, asked) != asked)
    if not names:
        return []
    return [f"bf16 is for networks, and none is seen in {', '.join(names)}: scored and recorded as fp32"]


def offers(info: MethodInfo, precision: str) -> bool:
    """True if the method can be asked for ``precision``: only int8 is not for all."""
    return precision != INT8 or info.int8


def require_precision(infos: Iterable[MethodInfo], machine: Machine) -> None:
    """Refuse ``--precision int8`` where it is not offered.

    Raises
    ------
    UserError
        On a GPU, or with a torch that has no such kernels.
    MethodError
        If a method does not offer it; the message names all that do not.
    """
    if machine.precision != INT8:
        return
    if machine.device.type != "cpu":
        raise UserError(f"--precision int8 computes on CPUs, and the device is {machine.device}; add --device cpu")
    if not AVAILABLE:
        raise UserError("--precision int8: this torch has no 8-bit convolutions (oneDNN, x86); use fp32")
    refused = [info.name for info in infos if not offers(info, INT8)]
    if refused:
        raise MethodError("\n".join(f"{name} is not offered in int8; use --precision fp32" for name in refused))
