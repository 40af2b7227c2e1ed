"""Protocols: what they say, what of them is refused, and that scores are those of an independent computation."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from PIL import Image
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import iqabench
from iqabench import UserError
from iqabench._util.errors import DataError
from iqabench._util.records import checked
from iqabench.data.open import DatasetRegistry
from iqabench.data.protocols.apply import applied
from iqabench.data.protocols.load import find_protocol, protocol_of, shipped_protocols
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.protocols.record import ProtocolFile

DIGESTS = {
    "paper-288": "bee60ced81ea0636",
    "rgb-full": "f3db69dbbd4f5570",
    "sr-y-border4": "0db751a140f4404c",
}
"""They stand in run ids: a protocol that is changed needs another name."""


def write(folder: Path, text: str) -> Path:
    (path := folder / "mine.toml").write_text(text)
    return path


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A restored image of 96 x 80 and another of its size."""
    generator = np.random.default_rng(3)
    smooth = np.asarray(Image.fromarray(generator.integers(0, 256, (12, 10, 3), np.uint8)).resize((80, 96)))
    noise = generator.normal(0, 12, smooth.shape)
    return smooth, np.clip(np.rint(smooth + noise), 0, 255).astype(np.uint8)


def luma(image: np.ndarray) -> np.ndarray:
    """Luma by scikit-image, four pixels of border cut off."""
    return np.asarray(rgb2ycbcr(image))[4:-4, 4:-4, 0]


def test_what_is_shipped_is_read_strictly_and_never_changes() -> None:
    files = [one for one in resources.files("iqabench.data.protocols").iterdir() if one.name.endswith(".toml")]
    for file in files:
        record = checked(ProtocolFile, tomllib.loads(file.read_text()), file.name, DataError)
        assert shipped_protocols()[record.name] == ScoringProtocol(**record.model_dump())
        assert file.name == f"{record.name}.toml"
    assert {name: one.digest for name, one in shipped_protocols().items()} == DIGESTS


def test_list_protocols_says_each_in_one_line() -> None:
    lines = run_here("list", "protocols").stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == sorted(DIGESTS)


@pytest.mark.parametrize("method", ["psnr", "ssim"])
def test_scores_on_luma_are_those_of_scikit_image(pair: tuple[np.ndarray, np.ndarray], method: str) -> None:
    restored, shown = pair
    one, other = luma(restored), luma(shown)
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = {
        "psnr": peak_signal_noise_ratio(one, other, data_range=255),
        "ssim": structural_similarity(one, other, data_range=255, **window),
    }[method]
    settings = {"downsample": False} if method == "ssim" else {}
    found = iqabench.score(restored, shown, method, protocol="sr-y-border4", **settings)
    assert found == pytest.approx(expected, abs=2e-4)
    assert iqabench.score(restored, shown, method, **settings) != pytest.approx(expected, abs=2e-2)


def test_rounded_luma_is_matlabs(pair: tuple[np.ndarray, np.ndarray]) -> None:
    rounded = applied(ScoringProtocol("mine", colour="y", bits=8, border=4), pair[0])
    assert rounded.dtype == np.uint8
    assert np.array_equal(rounded[..., 0], np.floor(luma(pair[0]) + 0.5))
    assert np.array_equal(rounded[..., 0], rounded[..., 2])


def test_a_smaller_degraded_image_is_enlarged_first_and_cut_as_the_restored_one(
    pair: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    restored, shown = pair
    small = shown[::2, ::2].copy()
    path = write(tmp_path, 'name = "mine"\nborder = 3\nresize = "nearest"\ncrop = 40\n')
    large = np.asarray(Image.fromarray(small).resize((80, 96), Image.Resampling.NEAREST))
    window = (slice(28, 68), slice(20, 60))
    expected = peak_signal_noise_ratio(restored[window], large[window])
    assert iqabench.score(restored, small, "psnr", protocol=str(path)) == pytest.approx(expected, abs=1e-4)


def test_rgb_full_is_what_is_done_without_a_protocol(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert iqabench.score(*pair, "psnr", protocol="rgb-full") == iqabench.score(*pair, "psnr")


def test_images_are_refused_that_the_protocol_cannot_take(pair: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    restored, shown = pair
    with pytest.raises(UserError, match="80x96 pixels, but protocol paper-288 needs at least 288x288"):
        iqabench.score(restored, shown, "psnr", protocol="paper-288")
    path = write(tmp_path, 'name = "mine"\nresize = "none"\n')
    with pytest.raises(UserError, match="the protocol enlarges none"):
        iqabench.score(restored, shown[::2, ::2].copy(), "psnr", protocol=str(path))
    assert iqabench.score(restored, shown, "psnr", protocol=str(path)) == iqabench.score(restored, shown, "psnr")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "mine"\nborders = 4\n', "unknown key 'borders'; did you mean 'border'?"),
        ('name = "mine"\nborder = -1\n', "border must be 0 or more, not -1"),
        ('name = "mine"\nresize = "area"\n', "resize must be 'nearest', 'bilinear', 'bicubic', 'lanczos' or 'none'"),
        ('name = "mine"\nbits = 32\n', "bits = 32 is for colour = 'y'"),
        ('name = "sr-y-border4"\nborder = 2\n', "comes with iqabench and has other rules"),
        ("border = 2\n", "name is missing"),
        ('name = "mine"\ncrop = 0\n', "it must be 'whole', or the side of a square in pixels"),
        ('name = "My own"\n', "use small letters, digits, dots and dashes"),
        ("border = \n", "not a TOML file"),
    ],
)
def test_files_that_are_no_protocol_are_one_message(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as raised:
        find_protocol(str(write(tmp_path, text)))
    assert str(raised.value).startswith(f"{tmp_path / 'mine.toml'}")
    assert said in str(raised.value)


def test_an_unknown_name_is_one_message() -> None:
    done = run_here("run", "--methods", "psnr", "--protocol", "sr-y-border")
    assert done.returncode == 2
    assert "did you mean 'sr-y-border4'?" in done.stderr


def test_a_run_keeps_its_id_without_a_protocol_and_says_it_with_one(tmp_path: Path) -> None:
    stored = Path(__file__).parents[3] / "results" / "mini" / "unseen" / "psnr" / "degraded"
    ids = set()
    for protocol in (None, "sr-y-border4"):
        scores = iqabench.evaluate("psnr", protocol=protocol, results=tmp_path, quiet=True)
        row = scores.leaderboard.iloc[0]
        ids.add(row["run_id"])
        assert (row["run_id"] in [one.name for one in stored.iterdir()]) == (protocol is None)
        assert ("|protocol=sr-y-border4/" in row["signature"]) == (protocol is not None)
        assert ("Scored by protocol sr-y-border4 (digest" in scores.table()) == (protocol is not None)
    both = iqabench.leaderboard(tmp_path)
    assert set(both["run_id"]) == ids
    assert both["protocol"].tolist() == ["", "sr-y-border4"]
    files = DatasetRegistry().open("mini").frame.set_index("image_id")
    for row in scores.frame.iloc[::9].itertuples():
        restored, given = (Image.open(files.loc[row.image_id, name]).convert("RGB") for name in ("image", "degraded"))
        shown = given.resize(restored.size, Image.Resampling.BICUBIC)
        expected = peak_signal_noise_ratio(luma(np.asarray(restored)), luma(np.asarray(shown)), data_range=255)
        assert row.score == pytest.approx(expected, abs=1e-4)


def test_rules_that_are_not_those_of_the_name_are_refused() -> None:
    shipped = shipped_protocols()["sr-y-border4"]
    assert protocol_of({}) is None
    assert protocol_of({"protocol": shipped.identity}).rules == shipped.rules  # type: ignore[union-attr]
    with pytest.raises(DataError, match="its rules have the digest"):
        protocol_of({"protocol": shipped.identity | {"border": 2}})
    other = ScoringProtocol("sr-y-border4", colour="y", border=2, bits=32)
    with pytest.raises(DataError, match="sr-y-border4 is luma Y"):
        protocol_of({"protocol": other.identity})
