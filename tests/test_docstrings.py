"""Every function that users import shows an example, and the example does what it says."""

from __future__ import annotations

import doctest
import inspect

import pytest

import iqabench

FUNCTIONS = [name for name in iqabench.__all__ if inspect.isfunction(getattr(iqabench, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_does_what_it_says(name: str, request: pytest.FixtureRequest) -> None:
    known = {"getfixture": request.getfixturevalue}
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(iqabench, name), name, globs=known)
    assert found.examples
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(found).failed == 0
