"""Files of choices, as the page saves them: JSON or CSV, read strictly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from iqabench._util.errors import DataError
from iqabench._util.records import Record, checked
from iqabench._util.text import counted, printable
from iqabench.data.rows import number, read_csv, read_text
from iqabench.predict.judging.plan import Plan

CSV_COLUMNS = ("page", "judge", "session", "pair", "left", "choice", "seconds", "at")
LONGEST_NAME = 80
_ADVICE = "; no page saves that: take the file as it was saved, or leave it out"


class Answer(Record):
    """What a judge said of one pair."""

    pair: str
    left: Literal["a", "b"]
    """Which image was on the left."""
    choice: Literal["a", "b", "similar"]
    seconds: float = Field(ge=0, strict=False)
    at: str


class AnswerFile(Record):
    """One file of choices."""

    format: Literal["judging-choices"]
    version: Literal[1]
    page: str
    judge: str
    session: str
    answers: tuple[Answer, ...] = Field(strict=False)

    @field_validator("judge")
    @classmethod
    def _is_a_name(cls, judge: str) -> str:
        name = printable(judge).strip()
        if not name or len(judge) > LONGEST_NAME:
            raise ValueError(f"a name of 1 to {LONGEST_NAME} characters is needed, not {len(judge)}")
        return name


@dataclass
class GatheredAnswers:
    """All choices by judge, and what was wrong with the files."""

    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    """By judge, then by pair."""
    files: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_answers(path: Path, plan: Plan) -> AnswerFile:
    """Read one file.

    Raises
    ------
    DataError
        If it belongs to another page, names a pair that the page does not have, or is not what the page saves.
    """
    said = _of_csv(path) if path.suffix.lower() == ".csv" else _of_json(path)
    if not isinstance(said, dict):
        raise DataError(f"{path}: holds no choices of a page{_ADVICE}")
    found = checked(AnswerFile, said, str(path), DataError, _ADVICE)
    if found.page != plan.digest:
        raise DataError(
            f"{path}: belongs to another page ({printable(found.page)[:12]}, not {plan.digest[:12]}); name that one "
            "with --page, or leave the file out"
        )
    known = {pair.id for pair in plan.pairs}
    seen: set[str] = set()
    for answer in found.answers:
        if answer.pair not in known:
            raise DataError(f"{path}: the page has no pair {answer.pair!r}{_ADVICE}")
        if answer.pair in seen:
            raise DataError(f"{path}: pair {answer.pair} is answered twice{_ADVICE}")
        seen.add(answer.pair)
    return found


def gather(paths: Sequence[Path], plan: Plan) -> GatheredAnswers:
    """Read many files: one that cannot be read costs itself only.

    Files that a judge saved from one session are one: of two answers to a pair the later one counts. Of several
    sessions under one name the fullest counts.
    """
    found = GatheredAnswers()
    sessions: dict[str, dict[str, dict[str, Answer]]] = {}
    for path in paths:
        try:
            one = read_answers(path, plan)
        except DataError as error:
            found.problems.append(str(error))
            continue
        found.files += 1
        answers = sessions.setdefault(one.judge, {}).setdefault(one.session, {})
        if answers:
            found.notes.append(f"{path}: the session of another file, {one.judge}'s; each pair counts once")
        for answer in one.answers:
            if answer.pair not in answers or answer.at > answers[answer.pair].at:
                answers[answer.pair] = answer
    for judge, tried in sorted(sessions.items()):
        fullest = max(tried, key=lambda session: (len(tried[session]), session))
        found.answers[judge] = tried[fullest]
        if len(tried) > 1:
            found.notes.append(
                f"{judge}: {counted(len(tried), 'session')} under this name, the fullest counts; if they are several "
                "people, give each a name of their own in the files"
            )
    return found


def _of_json(path: Path) -> object:
    try:
        return json.loads(read_text(path))
    except RecursionError as error:
        raise DataError(f"{path}: lists within lists, thousands deep{_ADVICE}") from error
    except ValueError as error:
        raise DataError(f"{path}: no JSON ({error}); the file is broken, save the choices again") from error


def _of_csv(path: Path) -> object:
    table = read_csv(path, CSV_COLUMNS)
    first = table.rows[0].cells
    for line, cells in table.rows:
        for column in ("page", "judge", "session"):
            if cells[column] != first[column]:
                raise DataError(f"{path}, line {line}: another {column} than above; one file is one session")
    answers = [
        {
            **{column: cells[column] for column in ("pair", "left", "choice", "at")},
            "seconds": number(path, line, "seconds", cells["seconds"], decimal_comma=table.decimal_comma),
        }
        for line, cells in table.rows
    ]
    head = {column: first[column] for column in ("page", "judge", "session")}
    return {"format": "judging-choices", "version": 1, **head, "answers": answers}
