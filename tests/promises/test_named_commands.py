"""Every command and option that a text of this project names is there."""

from __future__ import annotations

import json
from typing import Any

import click
from installed import CHECKOUT, LOOK, Installed
from promised import (
    OPTION,
    command_lines,
    command_of,
    every_option,
    helps,
    messages,
    options_of,
    pages,
    program_lines,
    programs,
    spans_of_groups,
)

FOREIGN = {
    "docs/cluster.md": {"--nproc-per-node", "--nnodes", "--rdzv-endpoint"},  # torchrun's
    "benchmarks/gpu/README.md": {"--no-index", "--no-deps", "--target"},  # pip's
    "benchmarks/mini/README.md": {"--group"},  # uv's
    "benchmarks/speed/README.md": {"--with"},  # uv's
    "iqabench/results/provenance.py": {"--porcelain", "--untracked-files"},  # git's
    "baselines/restorers/train_networks.py": {"--photographs", "--steps", "--minutes"},  # its own, which no page names
    "README.md": {"--extra"},
    "docs/quick-start.md": {"--extra"},
    "iqabench/_util/extras.py": {"--extra"},
}
"""Options of other programs, by the file that names them."""


def test_there_are_texts() -> None:
    assert len(pages()) >= 14
    assert len(command_lines()) >= 90
    assert any(one.text.startswith("--device {}: not usable here") for one in messages())
    places = {line.place.partition(":")[0] for line in command_lines()}
    assert {"README.md", "docs/verify.md", "iqabench score --help", "iqabench/methods/registry.py"} <= places


def test_every_command_line_names_a_command_and_options_of_it() -> None:
    wrong = []
    for one in command_lines():
        found = command_of(one.line)
        if found is None:
            wrong.append(f"{one.place}: no such command: iqabench {one.line}")
            continue
        name, command, rest = found
        if isinstance(command, click.Group) and name:
            wrong.append(f"{one.place}: a group is named and none of its commands: iqabench {one.line}")
        unknown = [word for word in OPTION.findall(rest) if word not in options_of(command)]
        wrong += [f"{one.place}: {name} has no {word}: iqabench {one.line}" for word in unknown]
    assert not wrong, "\n".join(wrong)


def test_commands_named_without_the_program_are_there() -> None:
    named = spans_of_groups()
    assert named
    assert [one for one in named if command_of(one.line) is None] == []


def test_no_foreign_option_is_left_here_that_nobody_names() -> None:
    texts = [*pages(), *messages()]
    for place, words in FOREIGN.items():
        named = {word for one in texts if one.place.partition(":")[0] == place for word in OPTION.findall(one.text)}
        assert words <= named, place


def test_every_option_belongs_to_a_command_or_to_a_program_that_a_page_names(
    installed: Installed, seen: dict[str, Any]
) -> None:
    """Programs of the wheel have been run from the wheel, in an empty folder; the others are for a checkout only."""
    lines = program_lines()
    in_the_wheel, others = programs(installed)
    done = installed.run("python", LOOK, json.dumps({"names": [], "programs": others}), cwd=CHECKOUT, PYTHONPATH=".")
    assert done.returncode == 0, done.stderr
    answers = zip([*in_the_wheel, *others], [*seen["helps"], *json.loads(done.stdout)["helps"]], strict=True)
    told = {program: (code, text) for program, (code, text) in answers}
    assert {program: text for program, (code, text) in told.items() if code != 0} == {}
    options = {program: set(OPTION.findall(text)) for program, (_, text) in told.items()}
    wrong = [
        f"{line.place}: python -m {line.program} has no {word}"
        for line in lines
        for word in OPTION.findall(line.rest)
        if word not in options[line.program]
    ]
    known = every_option().union(*options.values())
    wrong += [
        f"{text.place}: {word}"
        for text in (*pages(), *helps(), *messages())
        for word in OPTION.findall(text.text)
        if word not in known | FOREIGN.get(text.place.partition(":")[0], set())
    ]
    assert not wrong, "\n".join(wrong)
