"""Why two rows differ, in words and as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from iqabench._util.text import counted
from iqabench.verify.difference import ImageSummary, RowDifference, Unlike

INDENT = "  "


def difference_lines(found: RowDifference) -> list[str]:
    """What differs, then how far the scores are apart."""
    lines = [f"first   {found.first}", f"second  {found.second}", ""]
    makes = [one for one in found.unlike if not one.rounding]
    rounds = [one for one in found.unlike if one.rounding]
    if found.same_run:
        lines.append("The two are the same run.")
    elif not makes:
        lines.append("Nothing that can change a score differs.")
    else:
        lines += ["This can change scores:", *(line for one in makes for line in _pair(one))]
    if rounds:
        lines += ["This changes the last digits at most:", *(line for one in rounds for line in _pair(one))]
    return [*lines, "", *_apart(found.images, found.one_scale)]


def to_json(found: RowDifference) -> str:
    """The same as one object; what is not known is null."""
    images = {name: _known(value) for name, value in asdict(found.images).items()}
    return json.dumps({**asdict(found), "images": images}, indent=1) + "\n"


def _known(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _pair(one: Unlike) -> list[str]:
    short = f"{INDENT}{one.topic}: {one.first} in the first, {one.second} in the second"
    if len(short) <= 80:
        return [short]
    return [f"{INDENT}{one.topic}:", f"{INDENT * 2}first   {one.first}", f"{INDENT * 2}second  {one.second}"]


def _apart(images: ImageSummary, one_scale: bool) -> list[str]:
    scored = f"Scores: {counted(images.shared, 'image')} scored in both"
    alone = [
        f"{count:,} in the {which} alone"
        for count, which in zip(images.alone, ("first", "second"), strict=True)
        if count
    ]
    lines = [f"{', '.join([scored, *alone])}."]
    if not images.shared:
        return lines
    if images.equal == images.shared:
        return [*lines, f"{INDENT}all of them equal"]
    if one_scale:
        lines += [
            f"{INDENT}{images.equal:,} equal, {images.shared - images.equal:,} not; second minus first: mean "
            f"{images.mean:+.4g}, standard deviation {images.spread:.4g}",
            f"{INDENT}furthest apart: {images.largest:+.4g}, {images.image}",
        ]
    else:
        lines.append(f"{INDENT}of two methods, whose scales do not compare")
    if math.isfinite(images.correlation):
        lines.append(f"{INDENT}order of the images: SRCC {images.correlation:.4f} between the two")
    return lines
