"""What a caller chooses beside the evaluation itself: device, plugins, limits. Plain data; no torch is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iqabench._util.devices import Machine
    from iqabench._util.plugins import PluginFiles
    from iqabench.scoring.isolation import Isolation


@dataclass(frozen=True)
class MachineChoice:
    """What was asked for; :meth:`here` finds out whether it is there."""

    device: str = "auto"
    precision: str = "fp32"
    batch_size: int = 8
    workers: int = 2
    cache: Path | None = None
    cache_gib: float = 16.0

    def here(self, device: str | None = None) -> Machine:
        """This machine as asked for, or with another ``device``; raises UserError if the device is not there."""
        from iqabench._util.devices import Machine, choose_device

        chosen = choose_device(device or self.device)
        return Machine(chosen, self.precision, self.batch_size, self.workers, self.cache, self.cache_gib)


@dataclass(frozen=True)
class Limits:
    """What a batch of a plugin's method may take; None is no limit."""

    timeout: float | None = None
    """Seconds."""
    memory_limit: float | None = None
    """MiB."""

    def isolation(self, plugins: PluginFiles, precision: str) -> Isolation | None:
        """Where plugins' methods score by these limits; None (this process) without any."""
        if self.timeout is None and self.memory_limit is None:
            return None
        from iqabench.scoring.isolation import Isolation

        return Isolation(self.timeout, self.memory_limit, plugins.absolute(), precision)


@dataclass(frozen=True)
class Environment:
    """What a computation finds around it: the machine, the plugins, the weights."""

    machine: MachineChoice = MachineChoice()
    plugins: tuple[Path, ...] = ()
    allow_override: bool = False
    """A plugin may take the name of another method."""
    weights: Path | None = None
    """Folder with pretrained weights, looked into first."""

    @classmethod
    def of(cls, machine: MachineChoice, plugins: PluginFiles, weights: Path | None) -> Environment:
        """From a command's options."""
        return cls(machine, tuple(plugins), plugins.allow_override, weights)

    def plugin_files(self) -> PluginFiles:
        """The plugin files, as a registry takes them."""
        from iqabench._util.plugins import PluginFiles

        return PluginFiles(self.plugins, self.allow_override)

    def use_weights(self) -> None:
        """Make the weights folder known to whatever loads weights."""
        if self.weights is not None:
            from iqabench.weights import set_folder

            set_folder(self.weights)
