"""``pyiqa:NAME``: the metrics of the library pyiqa, an optional extra under a non-commercial licence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from baselines.zoo.pyiqa_names import NAMES
from iqabench._util.errors import MethodError, MissingExtraError, WeightsError
from iqabench._util.extras import how_to_get
from iqabench.methods.code import code_of_distribution
from iqabench.methods.contract import Method, MethodEntry, MethodInfo, Paradigm

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@misc{pyiqa,
  title={{IQA-PyTorch}: {PyTorch} toolbox for image quality assessment},
  author={Chen, Chaofeng and Mo, Jiadi},
  howpublished={https://github.com/chaofengc/IQA-PyTorch}, year={2022}
}"""

EXTRA = "zoo"

DEGRADED_ONLY = ("ckdn",)
"""Called full-reference by pyiqa, but made for the degraded image as reference."""

NOT_ONE_IMAGE = ("fid", "sfid", "inception_score", "clipscore", "fgresq_pair")
"""Starts of the names that score a set of images, want a caption, or say which of two images is better."""

TRAINING_SETS = {
    "pipal": "PIPAL",
    "kadid": "KADID-10k",
    "tid": "TID2013",
    "csiq": "CSIQ",
    "live": "LIVE",
    "clive": "LIVE-Challenge",
    "flive": "FLIVE",
    "spaq": "SPAQ",
    "koniq": "KonIQ-10k",
    "ava": "AVA",
}
"""Ends of pyiqa's names that say on what a metric was trained; names without one do not say it."""

PUBLISHED = {"ckdn": "PIPAL", "lpips": "BAPPS", "dists": "KADID-10k", "pieapp": "PieAPP"}
"""Names without such an end whose published weights were learnt from one set, as their papers say."""

_CODE = partial(code_of_distribution, "pyiqa")


def _configurations() -> Mapping[str, Mapping[str, Any]]:
    """The table of metrics of ``pyiqa``. Raises MissingExtraError if it is not installed."""
    if find_spec("pyiqa") is None:
        raise MissingExtraError(
            f"pyiqa is not installed: {how_to_get(EXTRA)}. Mind its licence: PolyForm Noncommercial, so not for "
            "commercial use"
        )
    from pyiqa.default_model_configs import DEFAULT_CONFIGS

    return {
        name: settings
        for name, settings in DEFAULT_CONFIGS.items()
        if settings.get("metric_mode") in ("FR", "NR") and not name.startswith(NOT_ONE_IMAGE)
    }


class PyiqaMetric(Method):
    """One metric of pyiqa at its default setting."""

    def __init__(self, name: str, no_reference: bool) -> None:
        import pyiqa

        self._no_reference = no_reference
        try:
            self._metric = pyiqa.create_metric(name, device="cpu")
        except (OSError, RuntimeError) as error:
            # pyiqa downloads weights on the way, through several libraries with errors of their own.
            raise WeightsError(
                f"pyiqa:{name} could not be built; pyiqa downloads its weights itself and said: "
                f"{' '.join(str(error).split())}. Score by it once where there is a network, then copy "
                "~/.cache/torch/hub/pyiqa and, for metrics that use CLIP, ~/.cache/clip"
            ) from error
        self._as_loss = bool(getattr(self._metric, "as_loss", False))

    def to(self, device: Any) -> PyiqaMetric:
        """Move the network to ``device``."""
        self._metric.to(device)
        return self

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)``: pyiqa takes images."""
        return reference

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``, one image at a time; return ``(N,)``.

        One at a time because some of pyiqa's metrics resize or crop by what else is in the batch; and copies, because
        some (A-FINE) normalise the tensors that they are given.
        """
        import torch

        # pyiqa turns gradients off by itself, unless it is told that it serves as a loss.
        self._metric.as_loss = self._as_loss or restored.requires_grad
        scores = []
        for image in restored.split(1):
            shown = [image.clone()] if self._no_reference else [image.clone(), prepared.clone()]
            score = self._metric(*shown)
            scores.append(torch.as_tensor(score, device=restored.device).float().reshape(1))
        return torch.cat(scores)


def _trained_on(suffix: str) -> tuple[str, ...]:
    ends = [full for end, full in TRAINING_SETS.items() if suffix.endswith(f"-{end}")]
    return tuple(ends) or ((PUBLISHED[suffix],) if suffix in PUBLISHED else ())


class PyiqaFamily:
    """The method family ``pyiqa``."""

    def names(self) -> list[str]:
        """What may follow ``pyiqa:``; nothing where pyiqa is not installed."""
        return sorted(_configurations()) if find_spec("pyiqa") is not None else []

    def offered(self) -> tuple[str, ...]:
        """What may follow ``pyiqa:`` once pyiqa is installed; imports nothing of it."""
        return tuple(NAMES.split())

    def needs(self) -> str:
        """How to install pyiqa; empty where it is installed."""
        return "" if find_spec("pyiqa") is not None else how_to_get(EXTRA)

    def entry(self, suffix: str) -> MethodEntry:
        """Declare ``pyiqa:suffix``. Raises MethodError without pyiqa, or if it has no such metric."""
        configurations = _configurations()
        if suffix not in configurations:
            raise MethodError(f"pyiqa has no metric {suffix!r}; it has: {', '.join(sorted(configurations))}")
        settings = configurations[suffix]
        no_reference = settings["metric_mode"] == "NR"
        paradigms: tuple[Paradigm, ...] = (Paradigm.DR, Paradigm.FR)
        if no_reference:
            paradigms = (Paradigm.NR,)
        elif suffix.startswith(DEGRADED_ONLY):
            paradigms = (Paradigm.DR,)
        info = MethodInfo(
            name=f"pyiqa:{suffix}",
            paradigms=paradigms,
            lower_is_better=bool(settings.get("lower_better", False)),
            summary=f"{suffix} as the library pyiqa computes it (non-commercial licence).",
            citation=CITATION,
            trained_on=_trained_on(suffix),
            licence="PolyForm Noncommercial 1.0.0",
        )
        return MethodEntry(info=info, build=partial(PyiqaMetric, suffix, no_reference), code=_CODE)


FAMILY = PyiqaFamily()
