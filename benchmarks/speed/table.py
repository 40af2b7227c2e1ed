"""Renders the figures of ``figures/`` as the tables of README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by 'python -m benchmarks.speed table' -->", "<!-- end of figures -->"
NOT_MEASURED = "not measured"


def render(folder: Path, order: list[str]) -> str:
    """The tables of every machine that has a folder in ``folder``; rows in ``order``."""
    return "\n\n".join(_of_machine(one, order) for one in sorted(folder.iterdir()) if one.is_dir())


def _of_machine(folder: Path, order: list[str]) -> str:
    figures = {name: _read(folder / f"{name}.json") for name in [*order, "roofline", "precision"]}
    known = [figures[name] for name in order if figures[name]]
    roofs = figures["roofline"].get("figures", {})
    parts = [_machines([one for one in figures.values() if one]), *of_rows(known, roofs)]
    absent = [name for name in order if not figures[name]]
    if absent:
        parts.append(f"Rows {NOT_MEASURED} here: {', '.join(absent)}.")
    if roofs:
        parts.append(_roofs(roofs, known))
    if figures["precision"]:
        parts.append(_precision(figures["precision"]))
    return "\n\n".join(parts)


def of_rows(known: list[dict[str, Any]], roofs: dict[str, Any] | None = None) -> list[str]:
    """The table of rates and that of targets, from the figures of rows that were measured."""
    rates = [line for one in known for line in _rates(one)]
    head = (
        "work",
        "target",
        "measured",
        "spread",
        "by CPU time",
        "most that the roof allows",
        "outputs differ by",
        "met",
    )
    return [
        _table(("work", "contender", "median", "spread", "CPU time per unit", "peak memory"), rates),
        _table(head, [_target(one, target, roofs or {}) for one in known for target in one["targets"]]),
    ]


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
    first = figures[0]["machine"]
    gpu = "no GPU" if first["gpu"] == "none" else first["gpu"]
    lines = [f"### {first['cores']} cores of {first['processor']}, {first['memory_gib']} GiB, {gpu}", ""]
    systems = dict.fromkeys(one["machine"]["system"] for one in figures)
    sets = dict.fromkeys(", ".join(f"{name} {known}" for name, known in one["versions"].items()) for one in figures)
    return "\n".join([*lines, f"{'; '.join(systems)}; {'; or '.join(sets)}."])


def _rates(one: dict[str, Any]) -> list[str]:
    lines, work = [], f"**{one['work']}**"
    for name, found in one["contenders"].items():
        if isinstance(found, str):
            lines.append(f"| {work} | {name} | {found} | | | |")
        else:
            starts = one["unit"] == "starts/s"
            shown = [1 / found[key] for key in ("median", "max", "min")] if starts else _three(found)
            median, least, most = (f"{value:.3g}" for value in shown)
            unit = "s" if starts else one["unit"]
            used = f"{found['cpu_ms']['median']:,.0f} ms" if found["cpu_ms"]["median"] >= 100 else _short(found)
            peak = "" if found["peak_mib"] is None else f"{found['peak_mib']:.0f} MiB"
            lines.append(f"| {work} | {name} | {median} {unit} | {least} to {most} | {used} | {peak} |")
        work = ""
    return lines


def _three(found: dict[str, float]) -> list[float]:
    return [found[key] for key in ("median", "min", "max")]


def _short(found: dict[str, Any]) -> str:
    return f"{found['cpu_ms']['median']:.3g} ms"


def _kind(contender: str) -> str:
    return next((kind for kind in ("bf16", "int8") if kind in contender), "fp32")


def _most(one: dict[str, Any], target: dict[str, Any], roofs: dict[str, Any]) -> str:
    """The ratio that our arithmetic would reach at the machine's peak, beside the peer as it is."""
    slow = one["contenders"].get(target.get("slow"))
    if not roofs or one["gflop"] is None or not isinstance(slow, dict):
        return ""
    peak = roofs.get(f"{_kind(target['fast'])} GFLOP/s", {}).get("best")
    return "" if peak is None else f"{peak / one['gflop'] / slow['median']:.1f} ×"


def _target(one: dict[str, Any], target: dict[str, Any], roofs: dict[str, Any]) -> str:
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
    most = _most(one, target, roofs)
    return f"| {one['work']} | {asked} | {shown} | {spread} | {by_cpu} | {most} | {apart} | {met} |"


def _spread(measured: dict[str, float] | None, unit: str) -> tuple[str, str]:
    if measured is None:
        return NOT_MEASURED, ""
    return f"{measured['median']:.2f}{unit}", f"{measured['min']:.2f} to {measured['max']:.2f}"


def _roofs(roofs: dict[str, Any], known: list[dict[str, Any]]) -> str:
    lines = ["| roof of this machine | best | median | worst |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {one['best']:.4g} | {one['median']:.4g} | {one['worst']:.4g} |" for name, one in roofs.items()
    ]
    lines += ["", "| work | contender | arithmetic | share of the peak | limited by |", "|---|---|---|---|---|"]
    for one in known:
        for name, rate in one["contenders"].items():
            if one["gflop"] is None or isinstance(rate, str) or not name.startswith("iqabench"):
                continue
            kind = _kind(name)
            if f"{kind} GFLOP/s" not in roofs:
                continue
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
