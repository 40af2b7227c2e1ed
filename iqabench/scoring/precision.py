"""Which arithmetic a method offers on a machine; see ``--precision``."""

from __future__ import annotations

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError, UserError
from iqabench.methods.base import MethodInfo
from iqabench.scoring.int8 import AVAILABLE

INT8 = "int8"
NEARNESS = (
    "scores differ from fp32's, by up to .007 on mini and by more on other images, such as noisy ones; SRCC with "
    "labels moved by up to .0022 where it was measured"
)
"""What a user of int8 is told: LPIPS on ``mini``, benchmarks/speed/README.md."""


def require_precision(info: MethodInfo, machine: Machine) -> None:
    """Refuse ``--precision int8`` where it is not offered.

    Raises
    ------
    UserError
        On a GPU, or with a torch that has no such kernels.
    MethodError
        If the method does not offer it.
    """
    if machine.precision != INT8:
        return
    if machine.device.type != "cpu":
        raise UserError(f"--precision int8 computes on CPUs, and the device is {machine.device}; add --device cpu")
    if not AVAILABLE:
        raise UserError("--precision int8: this torch has no 8-bit convolutions (oneDNN, x86); use fp32")
    if info.int8 is not True:
        why = f": {info.int8}" if info.int8 else ""
        raise MethodError(f"{info.name} is not offered in int8{why}; use --precision fp32")
