"""State of a process that a library must leave as it found it."""

from __future__ import annotations

import locale
import logging
import os
import pickle
import random
import signal
import sys
import warnings
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFile


def generators() -> dict[str, bytes]:
    """The global random generators of Python, NumPy and torch."""
    found = {
        "random": pickle.dumps(random.getstate()),
        "numpy.random": pickle.dumps(np.random.get_state()),  # noqa: NPY002  (the global one is meant)
        "torch": torch.get_rng_state().numpy().tobytes(),
    }
    if torch.cuda.is_available():
        found |= {f"cuda:{i}": state.numpy().tobytes() for i, state in enumerate(torch.cuda.get_rng_state_all())}
    return found


def settings() -> dict[str, Any]:
    """Everything else: of torch, Pillow, logging, warnings, signals and the process."""
    root = logging.getLogger()
    return {
        "threads": torch.get_num_threads(),
        "dtype": torch.get_default_dtype(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "cudnn": [getattr(torch.backends.cudnn, name) for name in ("enabled", "benchmark", "deterministic")],
        "tf32": (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32),
        "precision": torch.get_float32_matmul_precision(),
        "Pillow": (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES),
        "logging": (root.level, list(root.handlers), logging.root.manager.disable),
        "warnings": list(warnings.filters),
        "signals": {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)},
        "hooks": (sys.excepthook, sys.unraisablehook),
        "streams": (sys.stdout, sys.stderr),
        "folder": os.getcwd(),  # noqa: PTH109
        "path": list(sys.path),
        "locale": locale.setlocale(locale.LC_ALL),
        "environment": dict(os.environ),
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs; of lists, which elements came."""
    found = []
    for name in before:
        if before[name] != after[name]:
            fresh = [one for one in after[name] if one not in before[name]] if isinstance(after[name], list) else ""
            found.append(f"{name} {fresh}".strip())
    return found
