"""Methods that each break the contract in one way; the name says which."""

import sys

import torch

from iqabench import Method, method


@method("wrong-shape")
def wrong_shape(restored, reference):
    return (restored - reference).abs().mean((2, 3))


@method("wrong-count")
def wrong_count(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))[:1].expand(len(restored) + 1)


@method("not-a-tensor")
def not_a_tensor(restored, reference):
    return 0.5


@method("returns-nan")
def returns_nan(restored, reference):
    return (restored - reference).mean((1, 2, 3)) * float("nan")


@method("changes-input", lower_is_better=True)
def changes_input(restored, reference):
    restored -= reference
    return restored.abs().mean((1, 2, 3))


@method("batch-dependent", lower_is_better=True)
def batch_dependent(restored, reference):
    errors = (restored - reference).abs().mean((1, 2, 3))
    return errors / errors.max()


@method("random-score", paradigms="NR")
def random_score(restored):
    return torch.rand(len(restored))


@method("seeds-globally", lower_is_better=True)
def seeds_globally(restored, reference):
    torch.manual_seed(0)
    return (restored - reference).abs().mean((1, 2, 3))


@method("wrong-direction", lower_is_better=False)
def wrong_direction(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))


@method("ignores-reference", paradigms="DR")
def ignores_reference(restored, reference):
    return restored.mean((1, 2, 3))


@method("raises", lower_is_better=True)
def raises(restored, reference):
    raise ZeroDivisionError("on purpose")


@method("exits", lower_is_better=True)
def exits(restored, reference):
    sys.exit(3)


@method("square-only", lower_is_better=True)
def square_only(restored, reference):
    return (restored @ reference - reference @ reference).abs().mean((1, 2, 3))


@method("infinite-slope", lower_is_better=True)
def infinite_slope(restored, reference):
    return (restored - reference).square().mean((1, 2, 3)).sqrt()


@method("infinite-loss")
def infinite_loss(restored, reference):
    return -(restored - reference).square().mean((1, 2, 3)).log()


@method("untrainable", paradigms="NR", trained_on=())
class Untrainable:
    """Forgets in its state what it learnt."""

    def __init__(self):
        self.offset = 0.0

    def fit(self, data, session):
        self.offset = float(data.quality.mean())

    def trained_state(self):
        return {}

    def load_trained_state(self, state):
        pass

    def prepare(self, reference):
        return None

    def score(self, restored, prepared):
        return restored.mean((1, 2, 3)) + self.offset


@method("odd-settings", paradigms="NR")
class OddSettings:
    """Counts the images it has scored and calls that a weight, which is a number where a digest belongs."""

    def __init__(self):
        self.weights_used = {"images": 0}

    def prepare(self, reference):
        return None

    def score(self, restored, prepared):
        return restored.mean((1, 2, 3))


@method("promises-a-gradient", differentiable=True)
def promises_a_gradient(restored, reference):
    import torch

    with torch.no_grad():
        return -(restored - reference).abs().mean((1, 2, 3))


@method("half-cut-off", differentiable=True)
def half_cut_off(restored, reference):
    squares = (restored - reference).square()
    return -(squares.detach() / (squares + 0.01)).mean((1, 2, 3))


class _Mapped(Method):
    """Squared error, with a map of it."""

    map_shows = "the squared error"

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return (restored - prepared).square().mean((1, 2, 3))

    def map(self, restored, prepared):
        return (restored - prepared).square().mean(1)

    def score_of_maps(self, maps):
        return maps.mean((1, 2))


@method("map-of-channels", lower_is_better=True)
class MapOfChannels(_Mapped):
    """Its map has three channels."""

    def map(self, restored, prepared):
        return (restored - prepared).square()


@method("map-not-there", lower_is_better=True)
class MapNotThere(_Mapped):
    """It says what its map shows, and has none."""

    map = Method.map


@method("map-not-finite", lower_is_better=True)
class MapNotFinite(_Mapped):
    """Its map divides by what may be 0."""

    def map(self, restored, prepared):
        return (restored - prepared).square().mean(1) / (restored > 2).any(1)


@method("map-below-zero", lower_is_better=True)
class MapBelowZero(_Mapped):
    """Its map is the error with its sign."""

    def map(self, restored, prepared):
        return (restored - prepared).mean(1)


@method("map-at-random", lower_is_better=True)
class MapAtRandom(_Mapped):
    """Its map is another one each time."""

    def map(self, restored, prepared):
        return super().map(restored, prepared) + torch.rand(restored.shape[0], *restored.shape[2:])


@method("map-of-something-else", lower_is_better=True)
class MapOfSomethingElse(_Mapped):
    """Its map adds up to the absolute error."""

    def map(self, restored, prepared):
        return (restored - prepared).abs().mean(1)


@method("map-turned-round", lower_is_better=True)
class MapTurnedRound(_Mapped):
    """Its map is large where the image is good."""

    def map(self, restored, prepared):
        return 1 - super().map(restored, prepared)

    def score_of_maps(self, maps):
        return 1 - maps.mean((1, 2))
