"""What a figure depends on beside the code: the machine and the versions."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("iqabench", "torch", "torchvision", "numpy", "pillow", "pyiqa", "piq", "onnxruntime", "openvino")


def machine() -> dict[str, str | int]:
    """Processor, cores that this process may use, memory in GiB, system and GPU."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "gpu": gpu,
    }


def folder_name() -> str:
    """A short name of this machine, for the folder of its figures: processor, and GPU if there is one."""
    found = machine()
    gpu = "" if found["gpu"] == "none" else f" {found['gpu']}"
    name = str(found["processor"]).partition(" (")[0].replace("(R)", "") + gpu
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def versions() -> dict[str, str]:
    """Versions of the packages whose speed is compared, as far as they are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = facts.get("model name", platform.processor())
    flags = facts.get("flags", "").split()
    arithmetic = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if flag in flags]
    return f"{name}, model {facts.get('model', '?')} ({' '.join(arithmetic)})"
