"""Which images belong to a task: super-resolution, denoising, a category such as GAN-based, or any."""

from __future__ import annotations

from dataclasses import replace

from iqabench.data.categories import in_words
from iqabench.results.model import ResultSet

ANY = "any"
SYNONYMS = {"super-resolution": "sr", "superresolution": "sr", "denoise": "denoising", "gan": "gan-based"}
OF_SETS = dict.fromkeys(("sr-votes", "sriqa-bench", "qads", "realsrq"), ("sr",))
"""Tasks of data sets whose rows do not say them."""


def plain(task: str) -> str:
    """The word that a task is known by."""
    word = task.strip().lower().replace("_", "-")
    return SYNONYMS.get(word, word)


def tasks_of(results: ResultSet) -> list[str]:
    """All tasks that images of a data set belong to, sorted."""
    return sorted({word for words in _words(results) for word in words})


def restrict_to_task(results: ResultSet, task: str) -> ResultSet | None:
    """Only the images of one task, and the votes between them; None if there is none.

    A category is named by its words or their beginning: ``gan-based`` is GAN-based super-resolution.
    """
    wanted = plain(task)
    if wanted == ANY:
        return results
    inside = [any(fits(word, wanted) for word in words) for words in _words(results)]
    if not any(inside):
        return None
    return replace(results, labels=results.labels[inside].reset_index(drop=True))


def fits(word: str, wanted: str) -> bool:
    """True if images of the task ``word`` belong to the task ``wanted``."""
    return wanted == ANY or word == wanted or word.startswith(f"{wanted} ")


def _words(results: ResultSet) -> list[set[str]]:
    """The tasks of each image."""
    of_set = OF_SETS.get(results.dataset, ())
    labels = results.labels
    return [
        {*of_set, *(plain(word) for word in (str(task), in_words(results.dataset, str(category))) if word)}
        for task, category in zip(labels["task"], labels["category"], strict=True)
    ]
