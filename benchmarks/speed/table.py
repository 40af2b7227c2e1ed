"""Renders the figures of ``figures/`` as the tables of README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by 'python -m benchmarks.speed table' -->", "<!-- end of figures -->"
NOT_MEASURED = "not measured"


def render(folder: Path, order: list[str]) -> str:
    """All tables, from the figures in ``folder``; rows in ``order``."""
    figures = {name: _read(folder / f"{name}.json") for name in [*order, "roofline", "precision"]}
    known = [figures[name] for name in order if figures[name]]
    parts = [_machines([one for one in figures.values() if one])]
    rates = [line for one in known for line in _rates(one)]
    parts.append(_table(("work", "contender", "median", "spread", "CPU time per unit", "peak memory"), rates))
    targets = [_target(one, target) for one in known for target in one["targets"]]
    parts.append(_table(("work", "target", "measured", "spread", "by CPU time", "outputs differ by", "met"), targets))
    absent = [name for name in order if not figures[name]]
    if absent:
        parts.append(f"Rows {NOT_MEASURED} here: {', '.join(absent)}.")
    if figures["roofline"]:
        parts.append(_roofs(figures["roofline"], known))
    if figures["precision"]:
        parts.append(_precision(figures["precision"]))
    return "\n\n".join(parts)


def write(readme: Path, folder: Path, order: list[str]) -> None:
    """Put the tables between the marks of ``readme``."""
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n\n{render(folder, order)}\n\n{END}{after}", encoding="utf-8")


def _table(head: tuple[str, ...], lines: list[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines])


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _machines(figures: list[dict[str, Any]]) -> str:
    seen: dict[str, None] = {}
    for one in figures:
        machine, versions = one["machine"], one["versions"]
        words = [
            f"{machine['cores']} cores of {machine['processor']}",
            f"{machine['memory_gib']} GiB",
            machine["system"],
        ]
        words.append(f"GPU: {machine['gpu']}")
        words.append(", ".join(f"{name} {version}" for name, version in versions.items()))
        seen["; ".join(words)] = None
    return "\n".join(f"Measured on {words}." for words in seen)


def _rates(one: dict[str, Any]) -> list[str]:
    lines = []
    for name, found in one["contenders"].items():
        if isinstance(found, str):
            lines.append(f"| {one['work']} | {name} | {found} | | | |")
            continue
        if one["unit"] == "starts/s":
            shown = [f"{1 / found[key]:.2f} s" for key in ("median", "max", "min")]
        else:
            shown = [f"{found[key]:.3g} {one['unit']}" for key in ("median", "min", "max")]
        used = f"{found['cpu_ms']['median']:.3g} ms"
        peak = "" if found["peak_mib"] is None else f"{found['peak_mib']:.0f} MiB"
        lines.append(f"| {one['work']} | {name} | {shown[0]} | {shown[1]} to {shown[2]} | {used} | {peak} |")
    return lines


def _target(one: dict[str, Any], target: dict[str, Any]) -> str:
    measured, met = target["measured"], {True: "yes", False: "no", None: NOT_MEASURED}[target["met"]]
    if "mib" in target:
        asked, shown, spread = f"{target['contender']}: below {target['mib']:.0f} MiB", f"{measured or 0:.0f} MiB", ""
    elif "seconds" in target:
        asked, unit = f"{target['contender']}: below {target['seconds']} s", " s"
        shown, spread = _spread(measured, unit)
    else:
        asked, unit = f"{target['fast']} ≥ {target['at_least']:.3g} × {target['slow']}", " ×"
        shown, spread = _spread(measured, unit)
    difference = target.get("difference")
    by_cpu = f"{target['measured_cpu']['median']:.2f} ×" if target.get("measured_cpu") else ""
    apart = "" if difference is None else f"{difference:.1e} (allowed {target['within']:.0e})"
    return f"| {one['work']} | {asked} | {shown} | {spread} | {by_cpu} | {apart} | {met} |"


def _spread(measured: dict[str, float] | None, unit: str) -> tuple[str, str]:
    if measured is None:
        return NOT_MEASURED, ""
    return f"{measured['median']:.2f}{unit}", f"{measured['min']:.2f} to {measured['max']:.2f}"


def _roofs(found: dict[str, Any], known: list[dict[str, Any]]) -> str:
    roofs = found["figures"]
    lines = ["| roof of this machine | best | median | worst |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {one['best']:.4g} | {one['median']:.4g} | {one['worst']:.4g} |" for name, one in roofs.items()
    ]
    lines += ["", "| work | contender | arithmetic | share of the peak | limited by |", "|---|---|---|---|---|"]
    for one in known:
        for name, rate in one["contenders"].items():
            if one["gflop"] is None or isinstance(rate, str) or not name.startswith("iqabench"):
                continue
            kind = "bf16" if "bf16" in name else "fp32"
            done = rate["median"] * one["gflop"]
            share = done / roofs[f"{kind} GFLOP/s"]["best"]
            lines.append(f"| {one['work']} | {name} | {done:.0f} GFLOP/s | {share:.0%} of {kind} | {one['limit']} |")
    lines += [f"| {one['work']} | all | | | {one['limit']} |" for one in known if one["gflop"] is None]
    return "\n".join(lines)


def _precision(found: dict[str, Any]) -> str:
    columns = list(dict.fromkeys(key for one in found["figures"].values() for key in one))
    lines = ["| CKDN in bf16 | " + " | ".join(found["figures"]) + " |", "|---|" + "---|" * len(found["figures"])]
    for column in columns:
        cells = [one.get(column) for one in found["figures"].values()]
        lines.append(f"| {column} | " + " | ".join("" if cell is None else f"{cell:.5g}" for cell in cells) + " |")
    return "\n".join(lines)
