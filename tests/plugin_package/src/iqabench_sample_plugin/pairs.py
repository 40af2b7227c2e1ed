"""A data set, as a third party would write its reader."""

from __future__ import annotations

from iqabench import Card, Dataset, dataset, manifest_frame


@dataset("sample-pairs", root="the folder that holds restored and degraded")
def read_pairs(root):
    """Restored images and what they were restored from, by name."""
    rows = [
        {"image_id": image.stem, "image": str(image), "degraded": str(root / "degraded" / image.name)}
        for image in sorted((root / "restored").glob("*.png"))
    ]
    return Dataset(Card("sample-pairs", label_kind="none"), root, manifest_frame(rows))
