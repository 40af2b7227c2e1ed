"""``piq:NAME``: what piq computes, in piq's own way, next to the built-in methods."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.full_reference.dss import Dss
from baselines.full_reference.fsim import Fsim
from baselines.full_reference.gmsd import Gmsd
from baselines.full_reference.haarpsi import HaarPsi
from baselines.full_reference.iw_ssim import IwSsim
from baselines.full_reference.mdsi import Mdsi
from baselines.full_reference.ms_gmsd import MsGmsd
from baselines.full_reference.ms_ssim import MsSsim
from baselines.full_reference.sr_sim import SrSim
from baselines.full_reference.vif import Vif
from baselines.full_reference.vsi import Vsi
from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench._util.errors import MethodError, WeightsError
from iqabench._util.hashing import file_digest
from iqabench.methods.code import code_of_distribution
from iqabench.methods.contract import Method, MethodEntry, MethodInfo, Paradigm, as_entry

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class _Known:
    attribute: str
    """In piq: a function, or a class (named with a capital) that downloads its weights from piq's releases."""
    lower_is_better: bool = False
    paradigms: tuple[Paradigm, ...] = (Paradigm.DR, Paradigm.FR)
    trained_on: tuple[str, ...] = ()


_KNOWN = {
    "psnr": _Known("psnr"),
    "ssim": _Known("ssim"),
    "lpips": _Known("LPIPS", lower_is_better=True, trained_on=("BAPPS",)),
    "dists": _Known("DISTS", lower_is_better=True, trained_on=("KADID-10k", "DTD")),
    "pieapp": _Known("PieAPP", lower_is_better=True, trained_on=("PieAPP",)),
    "brisque": _Known("brisque", lower_is_better=True, paradigms=(Paradigm.NR,), trained_on=("LIVE",)),
    "clip-iqa": _Known("CLIPIQA", paradigms=(Paradigm.NR,)),
}

_BUILT_IN: dict[str, type[PiqMetric]] = {
    metric.info.name: metric for metric in (MsSsim, Fsim, Gmsd, MsGmsd, Vif, Vsi, Mdsi, HaarPsi, SrSim, Dss, IwSsim)
}
"""Already piq's own computation: the family's name is another name for them."""

_CODE = partial(code_of_distribution, "piq")


class PiqZoo(Method):
    """One metric of piq, called as its documentation does."""

    def __init__(self, name: str) -> None:
        import piq

        known = _KNOWN[name]
        self._name = name
        self._no_reference = known.paradigms == (Paradigm.NR,)
        target = getattr(piq, known.attribute)
        if known.attribute[0].isupper():
            settings = {} if name == "clip-iqa" else {"reduction": "none"}
            self._function = _with_download(name, partial(target, **settings))
        elif name == "brisque":
            self._function = partial(_with_download, name, partial(target, data_range=1.0, reduction="none"))
            self._note_downloaded("brisque_svm_weights.pt")
        else:
            self._function = partial(target, data_range=1.0, reduction="none")

    def _note_downloaded(self, file: str) -> None:
        """Have piq download its weights, which it does on the first call, and note their digest."""
        import torch

        generator = torch.Generator().manual_seed(0)
        self._function(torch.rand(1, 3, 96, 96, generator=generator))
        path = Path(torch.hub.get_dir()) / "checkpoints" / file
        if path.is_file():
            self.weights_used[f"piq:{self._name}"] = file_digest(path)

    def to(self, device: Any) -> PiqZoo:
        """Move the network to ``device``, if there is one."""
        if hasattr(self._function, "to"):
            self._function.to(device)
        return self

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)`` as it is."""
        return reference

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``."""
        from baselines.shared.finite_slopes import FiniteSlopes

        shown = (restored,) if self._no_reference else (restored, prepared.expand_as(restored))
        with FiniteSlopes() if restored.requires_grad else nullcontext():
            return self._function(*shown).reshape(len(restored))


def _with_download(name: str, call: Any, *arguments: Any) -> Any:
    """Call what may download weights. Raises WeightsError if they cannot be had."""
    from urllib.error import URLError

    try:
        return call(*arguments)
    except URLError as error:
        raise WeightsError(f"piq:{name} downloads its weights itself, and its server cannot be reached") from error


class PiqFamily:
    """The method family ``piq``."""

    def names(self) -> list[str]:
        """What may follow ``piq:``."""
        return sorted([*_BUILT_IN, *_KNOWN])

    def offered(self) -> list[str]:
        """The same: piq is always installed."""
        return self.names()

    def needs(self) -> str:
        """Nothing."""
        return ""

    def entry(self, suffix: str) -> MethodEntry:
        """Declare ``piq:suffix``. Raises MethodError if piq has no such metric."""
        name = f"piq:{suffix}"
        if suffix in _BUILT_IN:
            entry = as_entry(_BUILT_IN[suffix], "", _CODE)
            return replace(entry, info=replace(entry.info, name=name))
        if suffix not in _KNOWN:
            raise MethodError(f"piq has no metric {suffix!r} that scores single images; try: {', '.join(self.names())}")
        known = _KNOWN[suffix]
        info = MethodInfo(
            name=name,
            paradigms=known.paradigms,
            lower_is_better=known.lower_is_better,
            summary=f"{suffix} as the library piq computes it.",
            citation=PIQ,
            trained_on=known.trained_on,
            licence="Apache-2.0",
        )
        return MethodEntry(info=info, build=partial(PiqZoo, suffix), code=_CODE)


FAMILY = PiqFamily()
