"""Does a method say all that makes its scores? What it leaves out, two different runs would share."""

from __future__ import annotations

import inspect
import re
from typing import Any

from iqabench.checks.scoring import CheckFailed
from iqabench.methods.contract import Method, MethodEntry

_SHA256 = re.compile(r"[0-9a-f]{64}")


def settings_cover_its_constructor(entry: MethodEntry, method: Method) -> None:
    """Every parameter of what builds it stands in ``settings``."""
    stated = method.settings
    parameters = inspect.signature(entry.builder()).parameters.values()
    missing = [one.name for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    missing = [name for name in missing if name not in stated]
    if missing:
        raise CheckFailed(
            f"its settings leave out {', '.join(missing)}, so that runs with different values would count as one; let "
            "the constructor take what can change a score, and keep self.settings as it was recorded"
        )


def names_the_weights_it_loaded_by_digest(entry: MethodEntry, method: Method) -> None:
    """Every set of pretrained weights that it declares has its SHA-256 in ``weights_used``, and each entry is one."""
    used: dict[str, Any] = dict(method.weights_used)
    wrong = [f"{name!r}: {digest!r}" for name, digest in used.items() if not _is_digest(digest)]
    if wrong:
        raise CheckFailed(f"its weights_used holds no SHA-256 under {wrong[0]}; give 64 hexadecimal digits")
    # What a training begins with depends on settings; of a method that is ready every set is needed.
    missing = [name for name in entry.info.weights if name not in used and not entry.info.trainable]
    if missing:
        raise CheckFailed(
            f"it declares the weights {', '.join(missing)} and has no digest of them; let the constructor load them "
            "with iqabench.weights.load(NAME), which notes it, or set self.weights_used[NAME]"
        )


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None
