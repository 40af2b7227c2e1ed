"""A signature is one short line, differs where the identity differs, and is read back into its fields."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import UserError
from iqabench.results.signature import LONGEST, Shortened, parse_signature, signature, weights_digest
from iqabench.results.store import digest

TEXT = st.text(max_size=40) | st.sampled_from(["a|b", "a=b", "~", "#1", "true", "0.5", "null", "two\nlines", "é" * 90])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
HEXES = st.text("0123456789abcdef", min_size=64, max_size=64)
IDENTITIES = st.fixed_dictionaries(
    {
        "schema": st.just(2),
        "method": TEXT.filter(bool),
        "version": TEXT.filter(bool),
        "code": st.none() | st.fixed_dictionaries({"source": TEXT, "sha256": HEXES}),
        "settings": st.dictionaries(TEXT | st.sampled_from(["ref", "w", "set.up", "settings"]), VALUES, max_size=6),
        "weights": st.dictionaries(TEXT, HEXES, max_size=2),
        "training": st.none() | HEXES,
        "selection": st.sampled_from(["none", "last", "best"]),
        "reference": st.sampled_from(["none", "degraded", "lr-x4"]),
        "upsampling": st.none() | TEXT,
        "pixels": TEXT,
        "dataset": TEXT,
        "fingerprint": HEXES,
        "split": HEXES,
        "precision": st.sampled_from(["fp32", "bf16"]),
        "tf32": st.booleans(),
        "tiles": st.just("whole") | TEXT.filter(lambda text: text != "whole"),
    }
)
TRAININGS = st.fixed_dictionaries({"dataset": TEXT, "split_name": TEXT, "seed": st.integers(0), "recipe": TEXT})


def run_of(identity: dict[str, Any], training: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "identity": identity,
        "training": training,
        "run_id": digest(identity),
        "versions": {"iqabench": "0.2.0"},
    }


SSIM = {
    **{"schema": 2, "method": "ssim", "version": "2", "code": None, "settings": {"downsample": True, "window": None}},
    **{"weights": {}, "training": None, "selection": "none", "reference": "degraded", "upsampling": "bicubic"},
    **{"pixels": "1", "dataset": "mini", "fingerprint": "f", "split": "s", "precision": "fp32", "tf32": False},
    "tiles": "whole",
}


def test_the_form_is_the_documented_one() -> None:
    line = signature(run_of(SSIM))
    assert line == (f"ssim|v2|downsample=true|ref=degraded|up=bicubic|whole|fp32|iqabench 0.2.0|#{digest(SSIM)[:8]}")


def test_weights_code_and_training_are_named() -> None:
    identity = SSIM | {"weights": {"alexnet": "ab" * 32}, "code": {"source": "mine.py", "sha256": "cd" * 32}}
    identity |= {"training": "0123", "selection": "last"}
    line = signature(run_of(identity, {"dataset": "mini", "split_name": "unseen", "seed": 0}))
    parts = line.split("|")
    assert f"w={weights_digest(identity['weights'])}" in parts  # type: ignore[arg-type]
    assert "code=cdcdcdcd" in parts
    assert "trained=mini/unseen/seed0/last" in parts


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, TRAININGS)
def test_it_is_one_short_plain_line(identity: dict[str, Any], training: dict[str, Any]) -> None:
    line = signature(run_of(identity, training))
    assert len(line) <= LONGEST
    assert line.isascii()
    assert line.isprintable()
    assert line == line.strip()


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, TRAININGS)
def test_a_run_read_from_disk_has_the_same(identity: dict[str, Any], training: dict[str, Any]) -> None:
    meta = run_of(identity, training)
    assert signature(json.loads(json.dumps(meta, sort_keys=True))) == signature(meta)


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, IDENTITIES)
def test_identities_that_differ_have_signatures_that_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    # By digest: True and 1 are equal in Python and are two settings.
    assert (signature(run_of(one)) == signature(run_of(other))) == (digest(one) == digest(other))


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, st.data())
def test_one_changed_setting_is_another_signature(identity: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(set(identity) - {"schema"})))
    changed = identity | {key: data.draw(IDENTITIES)[key]}
    assert (signature(run_of(identity)) == signature(run_of(changed))) == (digest(identity) == digest(changed))


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, TRAININGS)
def test_it_is_read_back_into_its_fields(identity: dict[str, Any], training: dict[str, Any]) -> None:
    found = parse_signature(signature(run_of(identity, training)))
    assert found.run == digest(identity)[:8]
    assert (found.weights is None) == (not identity["weights"])
    assert (found.code is None) == (identity["code"] is None)
    assert (found.trained is None) == (identity["training"] is None)
    assert found.tf32 == identity["tf32"]
    assert found.precision == identity["precision"]
    assert found.iqabench == "0.2.0"
    read = [(found.method, identity["method"]), (found.version, identity["version"]), (found.tiles, identity["tiles"])]
    read += [(found.reference, identity["reference"]), (found.upsampling, identity["upsampling"])]
    stated = {name: value for name, value in identity["settings"].items() if value is not None}
    if found.settings_digest is None and not any("shortened" in name for name in found.settings):
        assert found.settings.keys() == stated.keys()
        read += [(found.settings[name], value) for name, value in stated.items()]
    for shown, true in read:
        assert shown == true or (isinstance(shown, Shortened) and isinstance(true, str | list | dict | int | float))


@pytest.mark.parametrize("text", ["", "ssim", "ssim|v2", "a|b|c", "ssim|v2|#xyz", "ssim|2|#12345678", "|||"])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="signature"):
        parse_signature(text)
