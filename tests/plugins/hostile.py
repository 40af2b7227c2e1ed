"""Methods that do harm beside scoring wrongly; the name says which."""

import os
import time

import numpy as np
import torch

from iqabench import method

KEPT = []


def mean_error(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))


@method("well-behaved", lower_is_better=True)
def well_behaved(restored, reference):
    return mean_error(restored, reference)


@method("hangs", lower_is_better=True)
def hangs(restored, reference):
    while True:
        time.sleep(0.05)


@method("hangs-on-black", lower_is_better=True)
def hangs_on_black(restored, reference):
    if bool((restored == 0).all((1, 2, 3)).any()):
        hangs(restored, reference)
    return mean_error(restored, reference)


@method("ends-the-process", lower_is_better=True)
def ends_the_process(restored, reference):
    os._exit(7)


@method("leaks", lower_is_better=True)
def leaks(restored, reference):
    KEPT.append(restored.clone())
    return mean_error(restored, reference)


@method("fills-the-memory", lower_is_better=True)
def fills_the_memory(restored, reference):
    for _ in range(40):
        KEPT.append(np.ones(16 << 20))
        time.sleep(0.05)
    return mean_error(restored, reference)


@method("seeds-numpy", lower_is_better=True)
def seeds_numpy(restored, reference):
    np.random.seed(0)  # noqa: NPY002
    return mean_error(restored, reference)


@method("changes-its-reference", lower_is_better=True)
class ChangesItsReference:
    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        scores = mean_error(restored, prepared)
        prepared.mul_(0.5)
        return scores


@method("complex-scores", lower_is_better=True)
def complex_scores(restored, reference):
    return mean_error(restored, reference) * torch.tensor(1j)


@method("returns-text", lower_is_better=True)
def returns_text(restored, reference):
    return ["good"] * len(restored)


@method("settings-of-nan", lower_is_better=True)
class SettingsOfNaN:
    def __init__(self, strength=float("nan")):
        self.strength = strength

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return mean_error(restored, prepared)


@method("cannot-be-moved", lower_is_better=True)
class CannotBeMoved:
    def to(self, device):
        raise OSError("no device for me")

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return mean_error(restored, prepared)


@method("facts-raise", lower_is_better=True)
class FactsRaise:
    def score_rows(self, rows):
        raise KeyError("no such fact")

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return mean_error(restored, prepared)


@method("[/bold]\x1b[31mname", lower_is_better=True)
def hostile_name(restored, reference):
    return mean_error(restored, reference)
