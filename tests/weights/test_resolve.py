from __future__ import annotations

import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor
from torchvision import models

from iqabench import weights
from iqabench._util.errors import WeightsError
from iqabench.weights import convert, fetch, resolve
from iqabench.weights.digest import bytes_digest, tensor_digest
from iqabench.weights.package_index import index_address, without_credentials
from iqabench.weights.table import TABLE, Archive, Weights, WeightsVariant

NOWHERE = "http://127.0.0.1:9/net-00000000.pth"
REAL = os.environ.get("IQABENCH_WEIGHTS")

KERNEL = np.random.default_rng(0).standard_normal((3, 3, 2, 4)).astype(np.float32)
BIAS = np.arange(4, dtype=np.float32)
STATE = {
    "features.3.weight": torch.from_numpy(KERNEL.transpose(3, 2, 0, 1).copy()),
    "features.3.bias": torch.from_numpy(BIAS),
}


def entry(digest: str | None = None, archive: Archive | None = None) -> Weights:
    """A small table entry under the name ``toy``."""
    return Weights(
        name="toy",
        description="one convolution",
        licence="none",
        file="toy.safetensors",
        shapes=None,
        prefixes=("features.",),
        count=2,
        variants=(WeightsVariant("published", digest, address="somewhere"),),
        archive=archive,
    )


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Weights:
    """``toy`` in the table, known by its tensor digest, its upstream address out of reach."""
    known = entry(tensor_digest(STATE))
    use(monkeypatch, known, NOWHERE)
    return known


def use(monkeypatch: pytest.MonkeyPatch, known: Weights, address: str) -> None:
    monkeypatch.setitem(TABLE, "toy", known)
    for module in (convert, fetch, resolve):
        monkeypatch.setattr(module, "upstream_address", lambda variant: address)


def archive_of(folder: Path, arrays: object) -> Archive:
    """A source archive with a pickle in it, and the index page that lists it."""
    content = pickle.dumps(arrays, protocol=3)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("toy-1.0/toy/net.ckpt")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    (folder / "toy-1.0.tar.gz").write_bytes(buffer.getvalue())
    page = folder / "simple" / "toy"
    page.mkdir(parents=True)
    (page / "index.html").write_text(
        '<!DOCTYPE html><html><body><a href="/toy-1.0.tar.gz">toy-1.0.tar.gz</a></body></html>'
    )
    return Archive("toy", "toy-1.0.tar.gz", bytes_digest(buffer.getvalue()), "toy/net.ckpt", "Net_0", (3,))


def same(state: dict[str, Tensor]) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[name], STATE[name]) for name in STATE)


def test_one_digest_for_the_same_values_however_they_are_stored(tmp_path: Path) -> None:
    digest = tensor_digest(STATE)
    save_file(STATE, tmp_path / "a.safetensors")
    torch.save(STATE, tmp_path / "a.pth")
    for name in ("a.safetensors", "a.pth"):
        assert tensor_digest(convert.read_tensors((tmp_path / name).read_bytes(), name)) == digest
    assert tensor_digest(dict(reversed(STATE.items()))) == digest
    weight, bias = STATE["features.3.weight"], STATE["features.3.bias"]
    others = [
        {**STATE, "features.3.bias": bias + 1e-6},
        {**STATE, "features.3.bias": bias.view(2, 2)},
        {"features.3.weight": weight, "features.4.bias": bias},
    ]
    for changed in others:
        assert tensor_digest(changed) != digest


def test_a_safetensors_file_that_begins_like_a_pickle_is_read() -> None:
    files = (save(STATE, {"note": "x" * length}) for length in range(0, 512, 8))
    content = next(content for content in files if content[0] == 0x80)
    assert same(convert.read_tensors(content, "a.safetensors"))


def test_folder_comes_before_variable_before_cache(
    toy: Weights, tmp_path: Path, own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given", "variable"):
        (tmp_path / name).mkdir()
        save_file(STATE, tmp_path / name / toy.file)
    fetch.store(toy, STATE, "0" * 64, "a test")
    assert weights.load_with_origin("toy")[1].where == str(own_places / toy.file)
    monkeypatch.setenv("IQABENCH_WEIGHTS", str(tmp_path / "variable"))
    assert weights.load_with_origin("toy")[1].where == str(tmp_path / "variable" / toy.file)
    weights.set_folder(tmp_path / "given")
    state, origin = weights.load_with_origin("toy")
    assert same(state)
    assert origin == weights.Origin("published", tensor_digest(STATE), str(tmp_path / "given" / toy.file))
    with pytest.raises(WeightsError, match="does not exist"):
        weights.set_folder(tmp_path / "missing")


def test_nowhere_is_one_error_that_says_everything(toy: Weights, tmp_path: Path, own_places: Path) -> None:
    (tmp_path / "given").mkdir()
    weights.set_folder(tmp_path / "given")
    with pytest.raises(WeightsError) as caught:
        weights.load("toy")
    message = str(caught.value)
    for part in (toy.file, str(tmp_path / "given"), str(own_places), NOWHERE, "iqabench weights fetch toy"):
        assert part in message


def test_a_folder_variable_that_points_nowhere_is_told(toy: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IQABENCH_WEIGHTS", "/no/such/folder")
    with pytest.raises(WeightsError, match=r"folder: /no/such/folder \(does not exist\)"):
        weights.load("toy")


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(WeightsError, match=r"'alexnet'.*alexnet-features"):
        weights.load("alexnet")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"),
        (b"\n  <html>sign in</html>", "web page"),
        (b"", "damaged"),
        (b"random bytes that are no weights", "damaged"),
        (b"\x80\x02K\x01.", "refused"),
    ],
)
def test_files_that_are_no_weights_are_named(toy: Weights, own_places: Path, content: bytes, message: str) -> None:
    own_places.mkdir()
    (own_places / toy.file).write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        weights.load("toy")
    assert str(own_places / toy.file) in str(caught.value)


def test_cut_off_and_wrong_tensors_are_refused(toy: Weights, own_places: Path) -> None:
    path = fetch.store(toy, STATE, "0" * 64, "a test").path
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(WeightsError, match="damaged"):
        weights.load("toy")
    save_file({**STATE, "features.3.bias": STATE["features.3.bias"] + 1}, path)
    with pytest.raises(WeightsError, match=r"checksum.*iqabench weights fetch toy"):
        weights.load("toy")
    save_file({"features.3.bias": STATE["features.3.bias"]}, path)
    with pytest.raises(WeightsError, match="1 tensors"):
        weights.load("toy")


def test_fetched_from_the_index_once_then_from_the_cache(
    served: tuple[Path, str], own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    archive = archive_of(folder, {"Net_0": {"Conv_0": {"kernel": KERNEL, "bias": BIAS}}})
    use(monkeypatch, entry(tensor_digest(STATE), archive), NOWHERE)
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple/")
    seen: list[int] = []
    state, origin = weights.load_with_origin("toy", progress=lambda received, expected: seen.append(received))
    assert same(state)
    assert seen[-1] == (folder / "toy-1.0.tar.gz").stat().st_size
    assert [path.name for path in own_places.iterdir()] == ["toy.safetensors"]
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert weights.load_with_origin("toy")[1] == origin


def test_another_archive_under_the_same_name_is_refused(
    served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    archive = archive_of(folder, {"Net_0": {"Conv_0": {"kernel": KERNEL, "bias": BIAS}}})
    (folder / archive.filename).write_bytes((folder / archive.filename).read_bytes() + b"!")
    use(monkeypatch, entry(tensor_digest(STATE), archive), NOWHERE)
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{address}/simple/")
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        weights.load("toy")


def test_upstream_file_is_proved_by_the_digits_in_its_name(
    served: tuple[Path, str], own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    torch.save(
        {**STATE, "classifier.1.weight": torch.zeros(3), "features.bn.num_batches_tracked": torch.tensor(1)},
        folder / "net.pth",
    )
    digits = bytes_digest((folder / "net.pth").read_bytes())[:8]
    (folder / "net.pth").rename(folder / f"net-{digits}.pth")
    use(monkeypatch, entry(), f"{address}/net-{digits}.pth")
    first, origin = weights.load_with_origin("toy")
    assert same(first)
    assert origin.variant == "published"
    again, origin_again = weights.load_with_origin("toy")
    assert same(again)
    assert origin_again == origin
    weights.set_folder(folder)
    assert weights.load_with_origin("toy")[1].where == str(folder / f"net-{digits}.pth")
    weights.set_folder(None)
    changed = {**STATE, "features.3.bias": STATE["features.3.bias"] + 1}
    save_file(
        changed, own_places / "toy.safetensors", convert.stored_metadata((own_places / "toy.safetensors").read_bytes())
    )
    with pytest.raises(WeightsError, match="checksum"):
        weights.load("toy")
    use(monkeypatch, entry(), f"{address}/net-00000000.pth")
    (own_places / "toy.safetensors").unlink()
    (folder / f"net-{digits}.pth").rename(folder / "net-00000000.pth")
    with pytest.raises(WeightsError, match="checksum"):
        weights.load("toy")


def test_server_errors_and_web_pages_are_told(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = served
    (folder / "login.html").write_text("<html>sign in</html>")
    with pytest.raises(WeightsError, match="HTTP 404"):
        fetch.download(f"{address}/missing.pth")
    with pytest.raises(WeightsError, match="web page"):
        fetch.download(f"{address}/login.html")


def test_index_settings_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "corp=https://user:secret@example.org/simple")
    assert index_address() == "https://user:secret@example.org/simple"
    assert without_credentials(index_address()) == "https://example.org/simple"
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    assert index_address() == "http://127.0.0.1:9/simple/"


@pytest.mark.skipif(REAL is None, reason="set IQABENCH_WEIGHTS to a folder with the real weights")
@pytest.mark.parametrize(
    ("name", "variant"),
    [("alexnet-features", "torchvision"), ("vgg16-features", "torchvision"), ("resnet50-stem-layer2", "keras")],
)
def test_real_files_are_recognised(name: str, variant: str) -> None:
    weights.set_folder(REAL)
    assert weights.load_with_origin(name)[1].variant == variant


@pytest.mark.parametrize("net", ["alex", "vgg", "squeeze"])
def test_heads_come_from_the_installed_package(net: str) -> None:
    state, origin = weights.load_with_origin(f"lpips-heads-{net}")
    assert origin.where.endswith(f"{net}.pth")
    assert all((value >= 0).all() for value in state.values())


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("alexnet-features", "alexnet"),
        ("vgg16-features", "vgg16"),
        ("squeezenet-features", "squeezenet1_1"),
        ("resnet50-stem-layer2", "resnet50"),
    ],
)
def test_the_table_selects_whole_parts_of_torchvisions_networks(name: str, network: str) -> None:
    with torch.device("meta"):
        state = getattr(models, network)(weights=None).state_dict()
    kept = convert.select(TABLE[name], state, network)
    expected = {key for key in state if key.startswith(TABLE[name].prefixes) and "num_batches" not in key}
    assert kept.keys() == expected


def test_every_address_is_the_librarys_and_proves_what_no_digest_does() -> None:
    for known in TABLE.values():
        for variant in known.variants:
            address = convert.upstream_address(variant)
            assert address is None or address.startswith("https://")
            proved = variant.digest or convert.upstream_prefix(variant) or known.importers
            assert proved, f"{known.name} {variant.name} has no proof"
