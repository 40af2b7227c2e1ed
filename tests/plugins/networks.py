"""Where methods of plugins keep a network, and what only looks like one."""

from __future__ import annotations

import torch
from torch import nn

from iqabench import Method, method


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)).requires_grad_(
        False
    )


NETWORK = network()


def through_network(images):
    return NETWORK(images)[:, 0]


@method("in-a-variable", paradigms="NR")
def in_a_variable(restored):
    return NETWORK(restored)[:, 0]


@method("in-another-function", paradigms="NR")
def in_another_function(restored):
    return through_network(restored)


class Scoring(Method):
    def prepare(self, reference):
        return None

    def score(self, restored, prepared):
        return self.network(restored)[:, 0]


@method("in-an-attribute", paradigms="NR")
class InAnAttribute(Scoring):
    def __init__(self):
        self.network = network()


@method("in-a-list", paradigms="NR")
class InAList(Scoring):
    def __init__(self):
        self.networks = {"all": [network()]}

    def score(self, restored, prepared):
        return self.networks["all"][0](restored)[:, 0]


@method("in-its-class", paradigms="NR")
class InItsClass(Scoring):
    network = NETWORK


@method("uses-a-variable", paradigms="NR")
class UsesAVariable(Scoring):
    def score(self, restored, prepared):
        return through_network(restored)


class Loads(Scoring):
    def score(self, restored, prepared):
        self.network = network()
        return super().score(restored, prepared)


@method("loads-late", paradigms="NR")
class LoadsLate(Loads):
    pass


@method("loads-late-and-says-so", paradigms="NR")
class SaysSo(Loads):
    is_network = True


@method("pools", paradigms="NR")
class Pools(Scoring):
    """A formula: its module has no parameters."""

    def __init__(self):
        self.network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@method("says-no", paradigms="NR")
class SaysNo(InAnAttribute):
    is_network = False


@method("plain", paradigms="NR")
def plain(restored):
    return restored.mean((1, 2, 3))
