"""What README, docs, help texts and messages name: commands, options, Python names, variables, files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import click
from every_command import leaves
from installed import Installed

from iqabench.cli.main import COMMANDS, cli

CHECKOUT = Path(__file__).parents[2]
PACKAGES = ("iqabench", "ckdn", "baselines")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
BEGINS = re.compile(r"(?:^|(?<=[;&|] )|(?<=['\"`(#])|(?<=uv run )|(?<= -m )|(?<=\{\} ))\s*iqabench (?=[a-z-])")
"""Where a command line begins, not a sentence about iqabench."""
MODULE = re.compile(r"python -m ([\w.]+)((?: [a-z]+\b(?![/.]))?)")
NAME = re.compile(rf"(?<![\w/.])({'|'.join(PACKAGES)})((?:\.\w+)+)(?![\w/])")
IMPORTED = re.compile(r"^from (iqabench[\w.]*) import (.+)$", re.MULTILINE)
GROUPS = ("data", "list", "weights")


@dataclass(frozen=True)
class Text:
    """A text that a user reads, and where it stands."""

    place: str
    text: str

    def __str__(self) -> str:
        return self.place


@dataclass(frozen=True)
class Line:
    """A command line of iqabench, or of another program, that a text shows."""

    place: str
    line: str


@cache
def pages() -> tuple[Text, ...]:
    """README, docs, and the pages beside benchmarks, results and weights."""
    files = [
        CHECKOUT / "README.md",
        *sorted((CHECKOUT / "docs").glob("*.md")),
        *sorted((CHECKOUT / "benchmarks").glob("*/README.md")),
        CHECKOUT / "results" / "README.md",
        CHECKOUT / "ckdn" / "weights" / "MODEL_CARD.md",
    ]
    return tuple(Text(path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8")) for path in files)


@cache
def commands() -> dict[str, click.Command]:
    """Every command by its words; groups, too, and the empty name for ``iqabench`` itself."""
    found: dict[str, click.Command] = {"": cli}
    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        found[name] = getattr(import_module(module), attribute)
    return found | dict(leaves())


def options_of(command: click.Command) -> set[str]:
    """Every spelling of every option of ``command``, and ``--help``."""
    options = [one for one in command.params if isinstance(one, click.Option)]
    return {"--help"}.union(*((*one.opts, *one.secondary_opts) for one in options))


@cache
def every_option() -> frozenset[str]:
    """Options of all commands together."""
    return frozenset().union(*(options_of(command) for command in commands().values()))


def helps() -> list[Text]:
    """What ``--help`` prints, on lines long enough to break none."""
    found = []
    for name, command in commands().items():
        line = f"iqabench {name}".strip()
        with click.Context(command, info_name=line, terminal_width=1000, max_content_width=1000) as context:
            found.append(Text(f"{line} --help", command.get_help(context)))
    return found


@cache
def messages() -> tuple[Text, ...]:
    """Every text among the code of the packages that is neither a docstring nor code; values stand as ``{}``."""
    found = []
    for path in sources():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        left_out = {id(one) for node in nodes if isinstance(node, ast.JoinedStr) for one in node.values}
        left_out |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            text = _text_of(node)
            if text is not None and id(node) not in left_out:
                found.append(Text(f"{path.relative_to(CHECKOUT)}:{getattr(node, 'lineno', 0)}", text))
    return tuple(found)


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    return None


def sources() -> list[Path]:
    """The modules of the packages."""
    return [path for name in PACKAGES for path in sorted((CHECKOUT / name).rglob("*.py"))]


def blocks(place: str) -> list[str]:
    """The Python blocks of a page."""
    found = (match for page in pages() if page.place == place for match in FENCE.finditer(page.text))
    return [match[2] for match in found if match[1] == "python"]


def code_lines(page: Text) -> Iterator[Line]:
    """Every line of code of a page: those of its blocks, continued lines as one, and its spans."""
    for match in FENCE.finditer(page.text):
        if match[1] != "python":
            for line in match[2].replace("\\\n", " ").splitlines():
                yield Line(page.place, line)
    for match in CODE.finditer(FENCE.sub("", page.text)):
        yield Line(page.place, " ".join(match[1].split()))


@cache
def command_lines() -> tuple[Line, ...]:
    """Every command line of iqabench in pages, help texts and messages, from the word ``iqabench`` on."""
    found = []
    for page in pages():
        for one in code_lines(page):
            found += [Line(one.place, text) for text in _after_program(one.line)]
    for help_text in helps():
        for line in help_text.text.splitlines():
            found += [Line(help_text.place, text) for text in _after_program(line)]
    for message in messages():
        found += [Line(message.place, text) for text in _after_program(message.text)]
    return tuple(found)


def _after_program(line: str) -> list[str]:
    """``a; iqabench run --x`` to ``run --x``: what follows the program's name where it begins a command line."""
    places = [(match.start(), match.end()) for match in BEGINS.finditer(line)]
    ends = [*(start for start, _ in places), len(line)][1:]
    return [line[start:end] for (_, start), end in zip(places, ends, strict=True)]


def command_of(line: str) -> tuple[str, click.Command, str] | None:
    """The command that ``line`` names, by words and object, and what follows; None if there is none."""
    words = line.split()
    for count in (2, 1):
        name = " ".join(word.strip("'\"`,.;:)") for word in words[:count])
        if len(words) >= count and name in commands():
            return name, commands()[name], " ".join(words[count:])
    return ("", cli, line) if line.startswith("-") else None


def spans_of_groups() -> list[Line]:
    """Spans such as ``list restorers``, where a page names a command without the program."""
    spans = (one for page in pages() for one in code_lines(page))
    return [one for one in spans if one.line.partition(" ")[0] in GROUPS and " " in one.line]


@dataclass(frozen=True)
class ProgramLine:
    """``python -m MODULE WORD --option ...``."""

    place: str
    program: tuple[str, ...]
    """The module, and its subcommand if there is one."""
    rest: str


def program_lines() -> list[ProgramLine]:
    """Every line of a page that runs a module other than iqabench."""
    found = []
    for page in pages():
        for one in code_lines(page):
            for match in MODULE.finditer(one.line):
                program = tuple(filter(None, (match[1], match[2].strip())))
                found.append(ProgramLine(page.place, program, one.line[match.end() :]))
    return [line for line in found if line.program[0] != "iqabench"]


def programs(installed: Installed) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The programs of :func:`program_lines`: those that the wheel holds, and the others."""

    def is_packed(program: tuple[str, ...]) -> bool:
        place = installed.packages.joinpath(*program[0].split("."))
        return place.is_dir() or place.with_suffix(".py").is_file()

    every = sorted({line.program for line in program_lines()})
    return [one for one in every if is_packed(one)], [one for one in every if not is_packed(one)]


@cache
def names() -> frozenset[str]:
    """Every dotted name of the packages that a page names or imports; groups of entry points look the same."""
    found = set()
    for page in pages():
        found |= {"".join(match.groups()) for match in NAME.finditer(page.text)}
        for module, imported in IMPORTED.findall(page.text):
            found |= {f"{module}.{name.strip()}" for name in imported.split(",")}
    return frozenset(found)
