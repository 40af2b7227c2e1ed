"""What a method is: what is declared of it, and the base class of all; see :mod:`iqabench.methods.contract`.

This module imports no torch, so that declaring a method costs nothing.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import MethodError
from iqabench.data.paradigm import Paradigm
from iqabench.methods.settings import OPEN_CHOICES, plain_settings, plain_value, record_constructor
from iqabench.methods.untrained import guard_scores

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from iqabench.methods.learning import BestState, EpochRecord, Recipe
    from iqabench.methods.tiling import Tiling


@dataclass(frozen=True)
class MethodInfo:
    """What is known of a method without running it.

    ``version`` changes whenever a score may change. ``trained_on`` names the datasets whose labels
    shaped the weights, so that contamination is visible in a table. ``anchor`` marks a cheap,
    weight-free yardstick that every run shows beside the methods asked for.
    """

    name: str
    version: str = "1"
    paradigms: tuple[Paradigm, ...] = (Paradigm.DR, Paradigm.FR)
    lower_is_better: bool = False
    summary: str = ""
    citation: str = ""
    """BibTeX entry of the paper to cite."""
    weights: tuple[str, ...] = ()
    """Names of the pretrained weights it needs (see ``iqabench weights list``)."""
    trained_on: tuple[str, ...] = ()
    trainable: bool = False
    """True if the method has ``fit`` and is trained on the split before it scores."""
    training_references: tuple[str, ...] = ()
    """References that training needs: any of ``degraded``, ``pristine``."""
    requires: tuple[str, ...] = ()
    """Parameters that must be given to build it, such as a checkpoint; it then takes part in no ``all``."""
    minimum_size: int = 1
    """Smallest height and width in pixels that it can score."""
    ready: tuple[str, ...] = ()
    """Names of methods that are this one with trained weights of their own, the best first: where nothing has been
    trained, the first whose weights are here is used."""
    anchor: bool = False
    differentiable: bool = False
    """True promises a gradient of the score in the restored image, which a network can learn from
    (:func:`iqabench.loss`) and to which ``iqabench check`` holds it. False promises nothing."""
    limits: tuple[str, ...] = ()
    """What its scores must not be taken for, each a sentence for the reader of a score."""
    within_content: bool = False
    """True if scores of different contents do not compare: restorations are ranked within a content alone."""
    scales: tuple[int, int] | None = None
    """Smallest and largest factor of enlargement that it knows; ``iqabench score`` notes images of others."""
    int8: bool = False
    """True if ``--precision int8`` scores it."""
    licence: str = ""
    """Licence of its code, where that is another than this distribution's."""
    ablation: bool = False
    """True for a variant that a paper compares its method with; leaderboards leave it out unless asked."""
    main_settings: tuple[Mapping[str, Any], ...] = ()
    """Settings of the runs that are no ablation, as alternatives: a run that agrees with none of them is left out of
    leaderboards, too. Empty: every run is shown."""

    @property
    def sign(self) -> int:
        """+1 if a higher score means better quality, -1 if lower does."""
        return -1 if self.lower_is_better else 1

    @property
    def iqabench_kind(self) -> str:
        """What a plugin that declares this holds; see :func:`iqabench._util.registry.kind_of`."""
        return "method" if self.name else ""


class Method(metaclass=ABCMeta):  # noqa: B024 - nothing is abstract: it takes in classes of plugins
    """The base of everything that scores restored images; :meth:`prepare` and :meth:`score` must be defined.

    The arguments of the constructor are the method's :attr:`settings`: they are recorded when it is called, defaults
    included, and enter the identity of every run and training. ``@method`` gives a class that does not derive from
    this one all that is defined here and missing there. What is not overridden means "nothing of the kind".

    A method that defines :meth:`fit` raises MethodError when it scores before it was fitted or a trained state was
    loaded (see :mod:`iqabench.methods.untrained`).
    """

    info: MethodInfo = MethodInfo(name="")
    """Set by ``@method`` or the registry; a name of ``""`` says that neither was at work."""
    foreign_code: Mapping[str, str] | None = None
    """``source`` and ``sha256`` of code from outside of iqabench; set by the registry, None for built-in methods."""
    tiling: Tiling | None = None
    """The method's own rule for large images when one scores one's own; a run scores every image whole."""
    start: str | None = None
    """What training starts from: ``random``, ``imagenet``, ``packaged``, ``published``, or another word; kept with the
    weights."""
    recipe: Recipe | None = None
    """How it is trained, for a method that has stages and epochs."""
    training_only: tuple[str, ...] = ()
    """Prefixes of the tensors that only training needs."""
    parameter_count: int | None = None
    """Number of parameters that scoring needs; a ``torch.nn.Module`` is counted without it."""
    is_network: bool | None = None
    """True if ``--precision bf16`` scores it in bfloat16, False if always in float32; None to look whether it is a
    network (:func:`iqabench.methods.network.has_network`)."""
    int8_nearness: str = ""
    """How near its scores in int8 were to those in fp32, where that was measured: the end of a sentence beside them."""
    keeps_best: bool = False
    """True if training can keep the epoch that validates best, as :attr:`best`."""
    best: BestState | None = None
    history: Sequence[EpochRecord] = ()
    """One record for each epoch of training."""
    map_shows: str = ""
    """What :meth:`map` shows, as the end of a sentence for who looks at it; "" for a method without map."""
    map_signed: bool = False
    """True if values of :meth:`map` may be negative, so that only their differences mean something."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        record_constructor(cls)
        guard_scores(cls)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything set at construction that may change a score, as plain data, with what the method stated.

        Raises
        ------
        MethodError
            For a value that JSON cannot hold.
        """
        own = vars(self)
        arguments = own["_final"] if "_final" in own else plain_settings(own.get("_recorded", {}))
        return {**arguments, **own.get("_stated", {})}

    @settings.setter
    def settings(self, facts: Mapping[str, Any]) -> None:
        if not isinstance(facts, Mapping):
            raise MethodError(f"{type(self).__name__} sets settings to {facts!r}; it must be a dictionary of facts")
        self.state_facts(**facts)

    def state_facts(self, **facts: Any) -> None:
        """Add facts to the settings: a choice that was left to the method, or a library's version.

        A fact may take the place of an argument only where that was None or ``"auto"``.

        Raises
        ------
        MethodError
            For a fact that JSON cannot hold, or that hides an argument.
        """
        recorded = vars(self).get("_recorded", {})
        for name, fact in plain_settings(facts).items():
            if name in recorded and recorded[name] not in OPEN_CHOICES and plain_value(recorded[name], name) != fact:
                raise MethodError(f"{type(self).__name__} was given {name}={recorded[name]!r} and states {fact!r}")
            vars(self).setdefault("_stated", {})[name] = fact

    @property
    def weights_used(self) -> dict[str, str]:
        """SHA-256 of each set of pretrained weights by name; those of :mod:`iqabench.weights` enter by themselves."""
        used: dict[str, str] = vars(self).setdefault("_weights_used", {})
        return used

    @weights_used.setter
    def weights_used(self, used: Mapping[str, str]) -> None:
        vars(self)["_weights_used"] = dict(used)

    @property
    def notes(self) -> list[str]:
        """Sentences that the reader of a score must know ("trained from a random start")."""
        notes: list[str] = vars(self).setdefault("_notes", [])
        return notes

    @notes.setter
    def notes(self, notes: Iterable[str]) -> None:
        vars(self)["_notes"] = [str(note) for note in notes]

    def prepare(self, reference: Tensor) -> Any:
        """Turn one reference ``(1, 3, H, W)`` into whatever :meth:`score` wants.

        Called once per distinct reference, and not at all in a no-reference run.
        """
        raise MethodError(f"method {type(self).__name__} must define prepare(reference)")

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. ``prepared`` is None in an NR run."""
        raise MethodError(f"method {type(self).__name__} must define score(restored, prepared)")

    def map(self, restored: Tensor, prepared: Any) -> Tensor:
        """Say how bad it is where, in the method's own sense: ``(N, 3, H, W)`` gives ``(N, H, W)``, larger is worse.

        Values are finite, and at least 0 unless :attr:`map_signed`. Only pictures are made of it, never a score. A
        method that defines it says what it shows (:attr:`map_shows`), and what its maps add up to
        (:meth:`score_of_maps`). ``prepared`` is what :meth:`prepare` made, None in an NR run.
        """
        raise MethodError(f"method {type(self).__name__} sets map_shows, so it must define map(restored, prepared)")

    def score_of_maps(self, maps: Tensor) -> Tensor | None:
        """The scores ``(N,)`` that whole maps ``(N, H, W)`` add up to; None where they add up to no score."""
        return None

    @property
    def scores_rows(self) -> bool:
        """True if it defines :meth:`score_rows`: a floor such as a category's mean, which looks at no image."""
        return type(self).score_rows is not Method.score_rows

    def score_rows(self, rows: pd.DataFrame) -> Sequence[float]:
        """Scores from the rows' facts (columns content, algorithm, category, task) instead of from images."""
        raise MethodError(f"method {type(self).__name__} scores images, not rows")

    def to(self, device: Any) -> Any:
        """Move the tensors it holds to ``device``; by default it holds none."""
        return self

    def eval(self) -> Any:
        """Go to evaluation mode; by default there is no other."""
        return self

    def fused(self, precision: str) -> Any:
        """What scores instead, now that the weights are final: the same but for rounding, faster; by default itself.

        ``precision`` is ``fp32`` or ``bf16``, or ``int8`` if :attr:`MethodInfo.int8` is true. No autocast is set
        around a fused form: its weights hold the precision.
        """
        return self

    def fit(self, data: Any, session: Any) -> None:
        """Train on ``data``, a :class:`iqabench.training.TrainingSet`.

        ``session``, a :class:`iqabench.training.FitSession`, gives device, precision, seed, checkpoints and progress.
        A method that defines this is trained on the split's training part before it scores.
        """
        raise MethodError(f"method {type(self).__name__} cannot be trained")

    def starting_weights(self) -> dict[str, str | None]:
        """SHA-256 of each set of weights that training begins with, None for one that cannot be had here."""
        from iqabench.weights.record import starting_digests

        return starting_digests(self.info.weights)

    def trained_state(self) -> dict[str, Tensor]:
        """Tensors that :meth:`load_trained_state` needs to score as this method does now."""
        raise MethodError(f"method {type(self).__name__} must define trained_state()")

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take over the tensors of :meth:`trained_state`; every tensor must be used, none missing."""
        raise MethodError(f"method {type(self).__name__} must define load_trained_state(state)")
