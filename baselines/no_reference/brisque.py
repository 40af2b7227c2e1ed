"""BRISQUE: a regression on the statistics of an image's normalised luminance, learnt from the split.

Mittal, Moorthy and Bovik, IEEE Transactions on Image Processing 21(12), 2012.

From the paper: 18 features of normalised luminance and of the products of neighbours at two scales, each scaled to
[-1, 1] over the training images, and a regression by radial basis functions.
Chosen here: ridge regression with the same kernel in place of the paper's support vector regression, centred on at
most 1,000 training images drawn by the seed; width of the kernel and ridge are those that predict held-out contents
best, where the paper searched a grid, too. The authors' trained model is not used: their licence is not free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.shared.images import check_images, grey_levels
from iqabench import Method, method
from iqabench._util.errors import MethodError

if TYPE_CHECKING:
    from torch import Tensor

    from baselines.shared.kernel_ridge import KernelRidge
    from iqabench.training import FitSession, TrainingSet

CITATION = """@article{mittal2012brisque,
  title={No-Reference Image Quality Assessment in the Spatial Domain},
  author={Mittal, Anish and Moorthy, Anush Krishna and Bovik, Alan Conrad},
  journal={IEEE Transactions on Image Processing}, volume={21}, number={12}, pages={4695--4708}, year={2012}
}"""


@method("brisque", paradigms="NR", citation=CITATION, minimum_size=32)
class Brisque(Method):
    """Regression on statistics of normalised luminance (BRISQUE), trained on the split.

    Higher is better.
    """

    def __init__(self) -> None:
        self._regression: KernelRidge | None = None
        self.parameter_count: int | None = 0

    def fit(self, data: TrainingSet, session: FitSession) -> None:
        """Learn ``data.quality`` (about [0, 1]) from the features of the training images."""
        import numpy as np
        import torch

        from baselines.shared.kernel_ridge import fit_kernel_ridge
        from iqabench.data.images import read_image

        features = []
        session.progress.start(len(data), "brisque")
        try:
            session.progress.message("features")
            for file in data.frame["image"]:
                image = torch.from_numpy(read_image(file)).permute(2, 0, 1)[None].float() / 255
                features += self._features(image)
                session.progress.advance(1, 0.0, 0.0)
        finally:
            session.progress.finish()
        quality = np.asarray(data.quality, dtype=float)
        contents = np.asarray(data.frame["content"], dtype=str)
        self._keep(fit_kernel_ridge(np.stack(features), quality, contents, session.seed))

    def _keep(self, regression: KernelRidge) -> None:
        self._regression = regression
        self.parameter_count = sum(array.size for array in regression.arrays().values())

    def trained_state(self) -> dict[str, Tensor]:
        """The arrays of the regression."""
        import torch

        assert self._regression is not None, "the contract asks a fitted method only"
        return {name: torch.from_numpy(array) for name, array in self._regression.arrays().items()}

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take the regression over; raises MethodError if an array is missing or left over."""
        from baselines.shared.kernel_ridge import KernelRidge

        if set(state) != set(KernelRidge._fields):
            raise MethodError("brisque: the trained state holds other arrays than its regression has; train it again")
        self._keep(KernelRidge(**{name: tensor.double().cpu().numpy() for name, tensor in state.items()}))

    def prepare(self, reference: Tensor) -> None:
        """Ignore the reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. Raises DataError below 32 pixels."""
        import numpy as np
        import torch

        check_images(self.info, restored)
        assert self._regression is not None, "an untrained method is stopped before"
        scores = self._regression.predict(np.stack(self._features(restored)))
        return torch.from_numpy(scores).to(restored.device, restored.dtype)

    def _features(self, images: Tensor) -> list[Any]:
        from baselines.shared.scene_statistics import luminance_features

        check_images(self.info, images)
        return [luminance_features(levels[0].numpy()) for levels in grey_levels(images)]
