"""Training data whose degraded images are replaced by one made degradation of the pristine ones (Table 12)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from iqabench._util.errors import DataError
from iqabench._util.files import locked, sweep, write_atomically
from iqabench.data.base import Dataset
from iqabench.data.fingerprint import fingerprint
from iqabench.data.images import read_image
from iqabench.data.references import make, parse_reference
from iqabench.results.store import folder_name
from iqabench.training.cache import TrainingData

MADE_FOLDER = "made-references"


def with_reference_as_input(training: TrainingData, reference: str, results: Path) -> TrainingData:
    """``training`` with every degraded image replaced by ``reference``, made from the pristine one.

    The images are kept below ``results`` as PNG files, one for each content and pristine image.

    Raises
    ------
    DataError
        If the data set lacks pristine images.
    """
    dataset = training.dataset
    if "pristine" not in dataset.references_present():
        raise DataError(f"{dataset.card.name}: training with {reference} needs a pristine image for every row")
    folder = made_folder(training, reference, results)
    scenes = list(dict.fromkeys(zip(dataset.frame["content"], dataset.frame["pristine"], strict=True)))
    with locked(folder, reference):
        sweep(folder)
        made = {scene: _made(reference, *scene, folder / f"{number:05d}.png") for number, scene in enumerate(scenes)}
    pairs = zip(dataset.frame["content"], dataset.frame["pristine"], strict=True)
    frame = dataset.frame.assign(degraded=[made[pair] for pair in pairs])
    card = replace(dataset.card, name=f"{dataset.card.name}-with-{reference}")
    derived = Dataset(card=card, root=dataset.root, frame=frame, votes=dataset.votes)
    return TrainingData(derived, training.split, fingerprint(derived), training.joined)


def made_folder(training: TrainingData, reference: str, results: Path) -> Path:
    """Where the images of ``reference`` that were made for this training data lie."""
    name = f"{folder_name(training.dataset.card.name)}-{training.fingerprint[:12]}"
    return results / MADE_FOLDER / name / reference


def _made(reference: str, content: str, pristine: str, target: Path) -> str:
    if not target.is_file():
        source = read_image(pristine)
        height, width = source.shape[:2]
        image = make(parse_reference(reference), source, (height, width), content, source=pristine)
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "PNG")
        write_atomically(target, stream.getvalue())
    return str(target.resolve())
