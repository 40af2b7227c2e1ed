from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from iqabench._util.errors import WeightsError
from iqabench.weights.convert import read_tensors
from iqabench.weights.unpickle import load_arrays


class Hostile:
    """Runs a command when an ordinary unpickler reads it."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.proof}",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_pickle_is_refused_and_never_runs(tmp_path: Path, protocol: int) -> None:
    proof = tmp_path / "it ran".replace(" ", "-")
    content = pickle.dumps({"AlexNet_0": {"Conv_0": Hostile(proof)}}, protocol=protocol)
    with pytest.raises(WeightsError, match=r"system"):
        load_arrays(content, "evil.ckpt")
    assert not proof.exists()
    pickle.loads(content)
    assert proof.exists(), "the pickle is not hostile: the test would prove nothing"


@pytest.mark.parametrize("word", ["builtins eval", "builtins getattr", "numpy load", "numpy.core.multiarray fromfile"])
def test_other_words_of_the_same_packages_are_refused(word: str) -> None:
    module, name = word.split()
    with pytest.raises(WeightsError, match=name):
        load_arrays(f"c{module}\n{name}\n.".encode(), "evil.ckpt")


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_arrays_come_through_unchanged(protocol: int) -> None:
    values = np.random.default_rng(0).standard_normal((3, 3, 2, 4)).astype(np.float32)
    # What numpy 1 wrote under protocol 3 is read as well: the module's old name.
    content = pickle.dumps({"a": {"kernel": values}}, protocol=protocol)
    if protocol < 3:
        with pytest.raises(WeightsError, match="_codecs"):
            load_arrays(content, "old.ckpt")
        return
    for written in (content, content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")):
        np.testing.assert_array_equal(load_arrays(written, "good.ckpt")["a"]["kernel"], values)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a pickle", pickle.dumps([1, 2]), pickle.dumps({"a": "text"}), pickle.dumps({"a": np.array([object()])}),
     pickle.dumps({"a": np.zeros(4, np.float32)})[:-9]],
)  # fmt: skip
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(WeightsError, match=r"odd\.ckpt is refused"):
        load_arrays(content, "odd.ckpt")


def test_a_hostile_torch_file_is_refused_and_never_runs(tmp_path: Path) -> None:
    proof, file = tmp_path / "it-ran", tmp_path / "evil.pth"
    torch.save({"features.0.weight": torch.zeros(1), "x": Hostile(proof)}, file)
    with pytest.raises(WeightsError, match="refused"):
        read_tensors(file.read_bytes(), str(file))
    assert not proof.exists()
