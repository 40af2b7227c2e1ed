"""Several data sets to learn from at once: labels ranked within each, named in everything that is made of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from manifests import write_manifest
from verifying import invoke

from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import UserError
from iqabench.checks.training import fit_briefly
from iqabench.data.open import DatasetRegistry
from iqabench.data.splits import TRAIN
from iqabench.methods.registry import Registry
from iqabench.runs.setup import other_training_data, training_words
from iqabench.training import TrainingSet
from iqabench.training.cache import TrainingOptions, training_facts

PLUGIN = Path(__file__).parents[1] / "plugins" / "tiny_network.py"


def write_set(folder: Path, name: str, scope: str, **more: int | str) -> Path:
    folder.mkdir()
    lines = {"name": name, "label_kind": "human", "label_scope": scope, **more}
    made = write_manifest(folder, contents=6, algorithms=4)
    (folder / "card.toml").write_text("".join(f"{key} = {value!r}\n" for key, value in lines.items()))
    return made


@pytest.fixture
def sets(tmp_path: Path) -> str:
    elo = write_set(tmp_path / "elo", "elo", "content")
    mos = write_set(tmp_path / "mos", "mos", "set")
    text = mos.read_text().splitlines()
    # Labels that fall: 10 - MOS / 1000, on another scale than the first set's.
    rows = [f"{line.rpartition(',')[0]},{10 - float(line.rpartition(',')[2]) / 1000:.4f}" for line in text[1:]]
    mos.write_text("\n".join([text[0].replace("mos", "dmos"), *rows]) + "\n")
    return f"manifest:{elo},manifest:{mos}"


def test_labels_are_ranks_within_a_content_or_a_set(sets: str) -> None:
    data = other_training_data(sets)
    frame = data.split.apply(data.dataset.frame)
    train = frame[frame["part"] == TRAIN]
    own = {word.rpartition("/")[0].rpartition("/")[2]: other_training_data(word) for word in sets.split(",")}
    assert [one.dataset for one in data.joined] == ["elo", "mos"]
    assert sum(one.rows for one in data.joined) == len(train)
    for name, part in own.items():
        before = part.split.apply(part.dataset.frame)
        before = before[before["part"] == TRAIN].set_index("image_id")
        after = train[train["content"].str.startswith(f"{name}:")].set_index("image_id")
        assert set(after.index) == {f"{name}:{image}" for image in before.index}
        quality = before["mos"] * (1 if part.dataset.card.mos_higher_is_better else -1)
        labels = after["mos"].rename(index=lambda image: image.partition(":")[2]).reindex(before.index)
        groups = before["content"] if name == "elo" else np.zeros(len(before))
        for _, rows in before.groupby(groups):
            here, true = labels[rows.index], quality[rows.index]
            assert list(here.rank()) == list(true.rank())
            assert here.min() == pytest.approx(0.5 / len(rows))
            assert here.max() == pytest.approx(1 - 0.5 / len(rows))
    assert not {content.partition(":")[0] for content in train["content"]} - {"elo", "mos"}


def test_the_order_of_the_sets_changes_nothing_and_their_labels_everything(sets: str, tmp_path: Path) -> None:
    first, second = other_training_data(sets), other_training_data(",".join(reversed(sets.split(","))))
    assert first.fingerprint == second.fingerprint
    assert first.split.digest == second.split.digest
    assert first.dataset.frame.equals(second.dataset.frame)
    manifest = tmp_path / "elo" / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("1000.0000", "1001.0000"))
    assert other_training_data(sets).fingerprint != first.fingerprint


def test_one_set_is_learnt_from_as_it_is(sets: str, tmp_path: Path) -> None:
    method = Registry().get("nima").create(recipe="quick")
    options = TrainingOptions(tmp_path, Machine(choose_device("cpu")))
    data = other_training_data(sets.split(",")[0])
    assert data.joined == ()
    assert "joined" not in training_facts(method, data, options)
    assert "joined" in training_facts(method, other_training_data(sets), options)


def test_what_cannot_be_joined(sets: str, tmp_path: Path) -> None:
    first = sets.split(",")[0]
    with pytest.raises(UserError, match="two data sets are called elo"):
        other_training_data(f"{first},{first}")
    with pytest.raises(UserError, match="nowhere"):
        other_training_data(f"{first},nowhere")


def test_commas_of_a_path(tmp_path: Path) -> None:
    known = DatasetRegistry()
    assert training_words("pipal:/a,b/c,mini", known) == ["pipal:/a,b/c", "mini"]
    assert training_words("pipal, mini", known) == ["pipal", "mini"]


def test_joint_training_by_the_command(sets: str, tmp_path: Path) -> None:
    scored = write_set(tmp_path / "other", "other", "content")
    # The same photographs under other names, so that other ones of them are drawn to be scored.
    scored.write_text(re.sub(r",c(\d),", r",scene\1,", scored.read_text()))
    words = ["run", "--methods", "tiny-network", "--plugin", PLUGIN, "--dataset", "manifest", "--root", scored]
    words += ["--no-anchors", "--train-on", sets, "--results", tmp_path / "runs"]
    done = run_here(*map(str, words))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Learnt from elo (human labels, split draw0," in said
    assert "together, labels ranked within each set or content: tiny-network." in said
    seen = re.search(r"note: (\d of 3 contents scored shows? .+: figures may be too good)\n", done.stderr)
    assert seen is not None, done.stderr
    assert "that training has seen, by their pictures (scene" in seen[1]
    assert f"tiny-network: {seen[1]}." in said
    assert "1 already there" in run_here(*map(str, words)).stderr

    (file,) = (tmp_path / "runs").glob("other/*/tiny-network/*/*/run.json")
    meta = json.loads(file.read_text())
    assert meta["training"]["dataset"] == "elo+mos"
    assert [one["label_scope"] for one in meta["training"]["joined"]] == ["content", "set"]
    assert "trained=elo+mos/draw0+draw0/seed0/last" in meta["signature"]
    table = run_here("table", "--format", "json", "--results", str(tmp_path / "runs"))
    assert json.loads(table.stdout)[0]["trained_on"] == "elo, mos"
    told = invoke("explain", "tiny-network", "--results", tmp_path / "runs", "--plugin", PLUGIN)[1]
    assert "trained on elo+mos" in " ".join(told.split())
    assert "labels, ranked within its contents" in " ".join(told.split())

    audit = ["verify", tmp_path / "runs", "--plugin", PLUGIN, "--root", f"other={scored}"]
    assert invoke(*audit)[0] == 0
    meta["training"]["joined"][1]["rows"] += 1
    file.write_text(json.dumps(meta))
    code, output = invoke(*audit)
    assert code == 1
    assert "training.rows" in output
    meta["training"]["joined"][1]["rows"] -= 1
    meta["training"]["joined"][0]["fingerprint"] = "0" * 32
    file.write_text(json.dumps(meta))
    assert "training.fingerprint" in invoke(*audit)[1]


TRAINED = [entry.info.name for entry in Registry().entries() if entry.info.trainable and not entry.info.requires]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_every_trained_method_learns_from_two_sets_of_two_sizes(name: str, tmp_path: Path) -> None:
    for number, (folder, size) in enumerate((("one", 176), ("two", 208))):
        (tmp_path / folder).mkdir()
        write_manifest(tmp_path / folder, contents=4, algorithms=4, size=size)
        scope = ("content", "set")[number]
        (tmp_path / folder / "card.toml").write_text(f'name = "{folder}"\nlabel_scope = "{scope}"\n')
    data = other_training_data(",".join(f"manifest:{tmp_path / folder}/manifest.csv" for folder in ("one", "two")))
    entry = Registry().get(name)
    method = entry.create(**({"recipe": "quick"} if "recipe" in entry.parameter_names() else {}))
    frame = data.split.apply(data.dataset.frame, for_training=True)
    rows = frame[frame["part"] == TRAIN]
    assert {content.partition(":")[0] for content in rows["content"]} == {"one", "two"}
    fit_briefly(method, TrainingSet(rows, data.dataset.card, entry.info.training_references))
    assert method.trained_state()
