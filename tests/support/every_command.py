"""An example of every command, for tests of promises that all of them make."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import torch
from judging import ALGORITHMS, answers, plan_of, save, write_page, write_restored
from manifests import write_manifest
from tiny_plan import TINY_PLAN

from iqabench.cli.main import COMMANDS
from iqabench.cli.output import OutputFile


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words: ``run``, ``list methods``, ..."""
    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        yield from _leaves(name, getattr(import_module(module), attribute))


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for word, one in command.commands.items():
            yield from _leaves(f"{name} {word}", one)
    else:
        yield name, command


def output_options() -> list[tuple[str, str]]:
    """Every command with each of its options that name a file to write."""
    return [
        (name, one.opts[0])
        for name, command in leaves()
        for one in command.params
        if isinstance(one, click.Option) and isinstance(one.type, OutputFile)
    ]


def plugin_commands() -> list[str]:
    """Commands that take plugins."""
    return [name for name, command in leaves() if any("--plugin" in one.opts for one in command.params)]


def write_inputs(folder: Path) -> None:
    """What :func:`examples` read."""
    write_manifest(folder, contents=4, algorithms=10)  # 2 of 10 are scored: enough for a correlation
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\nlabel_kind = 'pseudo'\n")
    (folder / "plan.toml").write_text(TINY_PLAN, encoding="utf-8")
    torch.save({"no": torch.zeros(1)}, folder / "released.pth")
    write_judged(folder / "judged")


def write_judged(folder: Path) -> None:
    """Restorations by three algorithms, a page of pairs, and the choices of a judge."""
    write_restored(folder, contents=2, algorithms=ALGORITHMS[:3])
    save(folder, answers(plan_of(write_page(folder, pairs=6)), "A", 1), "a.json")


def examples(folder: Path) -> dict[str, list[str]]:
    """Words after each command; ``folder`` holds :func:`write_inputs`, and the results of ``run``."""
    data, runs = ["--dataset", "manifest", "--root", f"{folder / 'manifest.csv'}"], ["--results", f"{folder / 'runs'}"]
    pair = [f"{folder / 'c0-a1.png'}", f"{folder / 'c0-degraded.png'}"]
    judged = folder / "judged"
    return {
        "run": ["--methods", "psnr,ssim", "--no-anchors", *data, *runs],
        "score": [*pair, "--method", "psnr"],
        "table": [*runs],
        "reproduce": [f"{folder / 'plan.toml'}", "--draws", "100", "--only-table", *data, *runs],
        "compare": ["psnr", "ssim", *runs],
        "figure": ["--format", "svg", "--output", "-", *runs],
        "report": ["--output", "-", *runs],
        "explain": ["psnr", *runs],
        "verify": [f"{folder / 'runs'}", "--sample", "2", "--root", f"made={folder / 'manifest.csv'}"],
        "diff": ["psnr", "ssim", *runs],
        "submit": [f"{folder / 'runs'}", "--sample", "2", "--out", f"{folder / 'archives' / 'made.zip'}"],
        "board": [f"{folder / 'archives'}", "--out", f"{folder / 'site'}"],
        "judge export": [f"{judged / 'restored'}", "--choose", "random", "--out", f"{folder / 'page.html'}"],
        "judge import": [f"{judged / 'a.json'}", "--page", f"{judged / 'page.html'}", "--out", f"{folder / 'votes'}"],
        "recommend": ["--task", "sr", *runs],
        "list methods": [],
        "list restorers": [],
        "list datasets": [],
        "list references": [],
        "list protocols": [],
        "list splits": ["mini"],
        "synthesize": ["--photos", f"{folder / 'nowhere'}", "--out", f"{folder / 'made'}"],
        "check": ["psnr"],
        "data fetch": ["qads"],
        "data list": [],
        "data root": [],
        "data submission": ["psnr", "--dataset", "made", "--output", f"{folder / 'submission.zip'}", *runs],
        "data check": data,
        "data card": data,
        "data split": [*data, "--out", f"{folder / 'runs'}"],
        "weights list": [],
        "weights fetch": ["lpips-heads-alex"],
        "weights import": ["ckdn-released", f"{folder / 'released.pth'}"],
    }


def line(folder: Path, name: str, *more: str) -> tuple[str, ...]:
    """The example of command ``name`` as words, ``more`` words at its end."""
    return (*name.split(), *examples(folder)[name], *more)
