"""The base of every trained network method."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from torch import Tensor, nn

from iqabench._util.errors import MethodError
from iqabench.methods.contract import Method
from iqabench.methods.learning import BestState, EpochRecord, Recipe, Stage
from iqabench.training.batch import Batch
from iqabench.training.data import TrainingSet
from iqabench.training.session import FitSession


class NetworkMethod(nn.Module, Method):
    """A network that learns to score: give it :attr:`recipe`, :meth:`loss`, ``prepare`` and ``score``.

    ``fit`` is inherited. It seeds torch with the session's seed, calls :meth:`initialise` and runs
    the recipe's stages; afterwards the network is in evaluation mode on the session's device.

    Attributes
    ----------
    recipe
        The stages that :meth:`fit` runs; every subclass has one.
    categories
        Categories of the training set, sorted; set by ``fit`` before :meth:`initialise`.
    history
        One :class:`EpochRecord` per epoch.
    best
        The best state by the session's ``validate``; None without it.
    training_only
        Prefixes of the tensors that only training needs: left out of the trained state.

    Further ones are those of :class:`iqabench.methods.contract.Method`.
    """

    recipe: Recipe
    keeps_best = True

    def __init__(self) -> None:
        super().__init__()
        self.categories: tuple[str, ...] = ()
        self.history: list[EpochRecord] = []
        self.best: BestState | None = None

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """The scalar to minimise in ``stage``."""
        raise MethodError(f"method {type(self).__name__} has no loss; a NetworkMethod must define loss(stage, batch)")

    def initialise(self, data: TrainingSet) -> None:
        """Set the starting weights; torch has just been seeded.

        By default every layer draws its weights anew by its own ``reset_parameters``, so that they
        depend on the session's seed alone. To start from pretrained weights, override this, call
        ``super().initialise(data)``, then load them. Runs also before a training is resumed.
        """
        for module in self.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()

    def begin_stage(self, stage: Stage) -> None:
        """Prepare a stage (freeze layers, copy weights). By default nothing."""

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """What ``stage`` trains; all parameters by default. The others need no gradient meanwhile."""
        return self.parameters()

    def references(self, stage: Stage) -> Collection[str] | None:
        """References (``degraded``, ``pristine``) that the loss of ``stage`` looks at; None for all it is trained with.

        Those left out are not read in that stage.
        """
        return None

    def view(self, images: Tensor, role: str) -> Tensor:
        """Preprocess ``images`` ``(N, 3, H, W)``, each on its own; the training data passes through here.

        ``role`` is ``restored``, ``degraded`` or ``pristine``. ``score`` and ``prepare`` must apply it themselves.
        """
        return images

    def fit(self, data: TrainingSet, session: FitSession) -> None:
        """Train by the recipe; see :func:`iqabench.training.loop.fit`."""
        from iqabench.training.loop import fit

        fit(self, data, session)

    def trained_state(self) -> dict[str, Tensor]:
        """Copies on the CPU of the tensors that scoring needs."""
        return {
            name: tensor.detach().to("cpu", copy=True).contiguous()
            for name, tensor in self.state_dict().items()
            if not name.startswith(self.training_only)
        }

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take over a trained state and go to evaluation mode.

        Raises
        ------
        MethodError
            If a tensor is missing, left over or of another shape.
        """
        own = self.state_dict()
        expected = {name: tensor for name, tensor in own.items() if not name.startswith(self.training_only)}
        wrong = {
            "lacks": sorted(set(expected) - set(state)),
            "has the unknown": sorted(set(state) - set(expected)),
            "has another shape of": sorted(
                name for name in set(state) & set(expected) if state[name].shape != expected[name].shape
            ),
        }
        for what, names in wrong.items():
            if names:
                raise MethodError(
                    f"{type(self).__name__}: the trained state {what} {names[0]}"
                    + (f" and {len(names) - 1} more" if len(names) > 1 else "")
                    + "; it belongs to another method or another setting"
                )
        self.load_state_dict({**own, **state})
        self.eval()
