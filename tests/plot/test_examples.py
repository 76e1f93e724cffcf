"""The examples in the docstrings of `statesim.plot` are run, and each function has one."""

from __future__ import annotations

import doctest
import inspect

import pytest

from statesim import plot

FUNCTIONS = [name for name in plot.__all__ if inspect.isfunction(getattr(plot, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_example_does_what_it_says(name: str) -> None:
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(plot, name), name)
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0


def test_the_example_of_the_module_does_what_it_says() -> None:
    (found,) = doctest.DocTestFinder(recurse=False).find(plot, "plot")
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0
