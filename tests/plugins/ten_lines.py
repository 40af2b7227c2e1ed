from iqabench import method


@method("mae", lower_is_better=True, paradigms="DR FR")
def mae(restored, reference):
    """Mean absolute difference."""
    return (restored - reference).abs().mean((1, 2, 3))
