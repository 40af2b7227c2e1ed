"""The generator of the "hallucinated reference" ablation (Table 6): a small residual restorer of D."""

from __future__ import annotations

from torch import Tensor, nn

CHANNELS = 32
BLOCKS = 4


class Generator(nn.Module):
    """``(N, 3, H, W)`` to the same shape: the image plus a learned residual, at full resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, CHANNELS, 3, padding=1)
        self.body = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
            )
            for _ in range(BLOCKS)
        )
        self.tail = nn.Conv2d(CHANNELS, 3, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Restore normalised images."""
        features = self.head(images)
        for block in self.body:
            features = features + block(features)
        restored: Tensor = images + self.tail(features)
        return restored
