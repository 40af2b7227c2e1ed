"""The table of a campaign, in Markdown, made from its figures alone; ``python -m benchmarks.gpu.table FIGURES``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks.speed.table import of_rows

TRAINING_SECONDS, SCORING_SECONDS, IDLE_SHARE = 60.0, 5.0, 0.05
"""Targets on one H100 or H200."""
EPOCHS = 30
Figures = Mapping[str, Any]


def render(found: Figures) -> str:
    """All of the campaign: what ran, what is right, and the figures with their targets."""
    parts = found["parts"]
    blocks = [
        _head(found),
        _table(("part", "status", "seconds"), [_status(part) for part in parts.values()]),
        *(() if found["small"] else _device(_of(parts, "device"))),
        *_scores(_of(parts, "scores")),
        *_training_again(_of(parts, "training-again")),
        *(_ran(parts) if found["small"] else _targets(parts)),
        *(() if found["small"] else _forms(_of(parts, "forms"))),
        *_rows(_of(parts, "rows"), bool(found["small"])),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def wrong(found: Figures) -> list[str]:
    """What the campaign has shown to be wrong: scores beyond their tolerance, training that is not repeated."""
    problems = []
    for name, one in _of(found["parts"], "scores").items():
        if "failed" in one:
            problems.append(f"scores of {name}: {one['failed']}")
        problems += [
            f"scores of {name}, {kind}: off by {value['largest share']:.1e} of their spread, "
            f"allowed {value['allowed share']:g}"
            for kind, value in one.items()
            if isinstance(value, dict) and value["holds"] is False
        ]
    for name, one in _of(found["parts"], "training-again").items():
        if "failed" in one:
            problems.append(f"deterministic training of {name}: {one['failed']}")
        problems += [
            f"deterministic training of {name}: not {what}"
            for what in ("twice the same", "resumed the same")
            if one.get(what) is False
        ]
    return problems


def _of(parts: Figures, name: str) -> Figures:
    figures: Figures = parts.get(name, {}).get("figures", {})
    return figures


def _head(found: Figures) -> str:
    device = _of(found["parts"], "device")
    machine, versions = device.get("machine", {}), device.get("versions", {})
    name = machine.get("gpu", "none")
    title = f"### {name if name != 'none' else machine.get('processor', found['device'])}"
    lines = [title, ""]
    if found["small"]:
        where = "on a CPU" if found["device"].startswith("cpu") else "on a GPU"
        lines += [f"**Small, {where}: no figure of speed.** It shows that every part runs.", ""]
    facts = [f"{key} {value}" for key, value in versions.items()]
    if "cores" in machine:
        facts.insert(0, f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}")
    lines.append("; ".join(facts) + "." if facts else "Nothing is known of the device.")
    if device.get("low precision") == "fp32":
        lines.append("This CPU has no bf16: what is told of bf16 was computed in fp32.")
    lines.append("The pictures are made (noise of PIPAL's sizes and counts), and so are the labels.")
    return "\n".join(lines)


def _status(part: Figures) -> str:
    why = f": {part['why']}" if part["why"] else ""
    return _row(part["title"], f"{part['status']}{why}", f"{part['seconds']:.0f}")


def _device(device: Figures) -> Iterator[str]:
    peaks = {name: value for name, value in device.items() if "best" in value}
    if peaks:
        lines = [_row(name, *(f"{one[key]:.4g}" for key in ("best", "median", "worst"))) for name, one in peaks.items()]
        yield _table(("peak, measured", "best", "median", "worst"), lines)


def _scores(scores: Figures) -> Iterator[str]:
    looked_at = {name: one for name, one in scores.items() if "spread" in one}
    if looked_at:
        kinds = [kind for kind, value in next(iter(looked_at.values())).items() if isinstance(value, dict)]
        yield (
            "Largest difference of a score from that in fp32 on the CPU, as a share of the spread of the scores, and "
            "the mean; with TF32 on the engine keeps it off. ✗: more than is allowed. (…): not judged."
        )
        lines = [_row(name, *(_share(one[kind]) for kind in kinds)) for name, one in looked_at.items()]
        yield _table(("method", *kinds), lines)
        drawn = [name for name, one in looked_at.items() if one["drawn"]]
        if drawn:
            yield f"With weights that were drawn, not learnt: {', '.join(drawn)}."
    skipped = [f"{name} ({one['skipped']})" for name, one in scores.items() if "skipped" in one]
    if skipped:
        yield f"Not looked at: {'; '.join(skipped)}."


def _share(value: Figures) -> str:
    text = f"{value['largest share']:.1e}, mean {value['mean share']:.1e}"
    return {True: text, False: f"✗ {text}", None: f"({text})"}[value["holds"]]


def _training_again(figures: Figures) -> Iterator[str]:
    if figures:
        lines = []
        for name, one in figures.items():
            told = one.get("failed") or one.get("skipped")
            held = [f"no: {told}", ""] if told else [_yes(one["twice the same"]), _yes(one["resumed the same"])]
            lines.append(_row(name, *held))
        yield _table(("deterministic training", "twice the same digest", "interrupted and resumed, the same"), lines)


def _ran(parts: Figures) -> Iterator[str]:
    """Small: what ran, without a figure; a share of the peak would be one of other sizes."""
    for name in ("training", "scoring", "idle", "forms"):
        figures = {key: one for key, one in _of(parts, name).items() if key != "what"}
        if figures:
            told = "; ".join(f"{key} ({one['failed']})" if "failed" in one else key for key, one in figures.items())
            yield f"Ran: {parts[name]['title']}: {told}."


def _targets(parts: Figures) -> Iterator[str]:
    lines = []
    training = _of(parts, "training").get("training")
    if training:
        lines += _training(training, _of(parts, "training")["what"])
    cached = _of(parts, "scoring").get("from the cache")
    if cached:
        seconds = f"{cached['seconds']:.2f} s for {cached['images']:,} images"
        lines.append(_line("PIPAL scored with CKDN, from the decoded cache", seconds, cached, SCORING_SECONDS))
        lines += _more(cached, "images/s in the best lap")
    for name, one in _of(parts, "idle").items():
        if "idle" not in one:
            lines.append(_row(f"device idle: {name}", "not measured: the profiler saw nothing", "", ""))
            continue
        told = f"{one['idle']:.1%} of {one['ms']:.0f} ms"
        lines.append(_row(f"device idle: {name}", told, f"< {IDLE_SHARE:.0%}", _yes(one["idle"] < IDLE_SHARE)))
    if lines:
        yield _table(("work", "measured", "target", "met"), lines)


def _training(training: Figures, what: Figures) -> list[str]:
    done, all_epochs = training["epochs"], what["epochs"]
    seconds = training["seconds"]
    told = f"{seconds:.1f} s for {what['images']:,} images × {done} epochs"
    if done < all_epochs:
        seconds += (all_epochs - done) * training["seconds of each epoch"][-1]
        told += f"; extrapolated to {all_epochs} epochs: {seconds:.1f} s"
    told += f" (batch {what['batch']}, {what['precision']}, compiled: {what['compiled']})"
    line = _line("the paper's training, decoding and all", told, {"seconds": seconds}, TRAINING_SECONDS)
    return [line, *_more(training, "images/s in the last epoch", "share of the peak in the last epoch")]


def _line(work: str, told: str, figures: Figures, most: float) -> str:
    return _row(work, told, f"≤ {most:g} s", _yes(figures["seconds"] <= most))


def _more(figures: Figures, rate: str, share: str = "share of the peak") -> Iterator[str]:
    yield _row(f"— {rate}", f"{figures[rate]:,.1f} ({figures[share]:.1%} of the measured peak)", "", "")
    yield _row("— most memory", f"{figures['most memory, GiB']:.2f} GiB", "", "")


def _forms(forms: Figures) -> Iterator[str]:
    if forms:
        lines = []
        for name, one in forms.items():
            told = one.get("failed") or one.get("skipped")
            if told:
                lines.append(_row(name, f"no: {told}", "", "", "", ""))
                continue
            memory = one.get("most memory, GiB")
            lines.append(
                _row(
                    name,
                    f"{one['ms']:.2f} ms for {one['images']}",
                    f"{one['first s']:.1f} s",
                    f"{one['share of the peak']:.1%}",
                    "" if memory is None else f"{memory:.2f} GiB",
                    f"{one['differs by']:.1e}",
                )
            )
        head = ("CKDN", "time", "first steps", "share of the peak", "most memory", "differs by")
        yield _table(head, lines)


def _rows(rows: Figures, small: bool) -> Iterator[str]:
    measured = [one for one in rows.values() if "contenders" in one]
    if measured and small:
        yield f"Rows of benchmarks/speed that ran: {', '.join(one['row'] for one in measured)}."
    elif measured:
        yield from of_rows(measured)
    told = [f"{name} ({one.get('failed') or one.get('skipped')})" for name, one in rows.items() if len(one) == 1]
    if told:
        yield f"Rows not measured: {'; '.join(told)}."


def _yes(held: bool) -> str:
    return "yes" if held else "no"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


def _table(head: tuple[str, ...], lines: list[str]) -> str:
    return "\n".join([_row(*head), "|---" * len(head) + "|", *lines])


@click.command()
@click.argument("figures", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(figures: Path) -> None:
    """Print the table of the campaign whose FIGURES (figures.json) these are."""
    click.echo(render(json.loads(figures.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
