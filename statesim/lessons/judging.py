"""Judges answers to the lessons' exercises: an answer is run, and what came of it is told with a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from statesim.errors import ScenarioError, StatesimError
from statesim.lessons.checks import CHECKS
from statesim.lessons.course import ENGLISH, lesson
from statesim.lessons.verdict import Judged, Verdict, shown
from statesim.scenario import units

# how an exercise names the form of its answer, what that may be, and how learners would call it
_FORMS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "Callable": ((Callable,), "a function"),  # type: ignore[dict-item] # it is good enough for isinstance
    "Collection": ((set, frozenset, list, tuple, dict), 'a set of names, like {"a", "b"}'),
    "Mapping": ((Mapping,), 'settings, like {"name": value}'),
    "dict": ((dict,), 'settings, like {"name": value}'),
    "list": ((list, tuple), "a list, like [row, row]"),
    "str": ((str,), "a text"),
}


def check(name: str, number: int, answer: Any, *, lang: str = ENGLISH) -> Verdict:
    """Judge an answer to an exercise by running it; never raise for what a learner may write.

    Parameters
    ----------
    name
        The lesson: ``02-storage``.
    number
        Which of its exercises, from 1.
    answer
        What the exercise asks for: settings, a manifest, a number; ``...`` while it is open.

    Raises
    ------
    StatesimError
        If there is no such lesson or exercise.

    Examples
    --------
    >>> bool(check("02-storage", 1, ...))
    False
    """
    told = lesson(name, lang)
    exercises = CHECKS[told.name]
    if not 1 <= number <= len(exercises):
        raise StatesimError(f"{told.name} has exercises 1 to {len(exercises)}, no exercise {number}")
    judged = _judged(exercises[number - 1], answer)
    facts = {key: shown(value) for key, value in judged.facts.items()}
    words = told.hint("well-done" if judged.passed else "not-yet")
    return Verdict(judged.passed, words, told.hint(judged.hint).format_map(facts))


def _judged(exercise: Callable[[Any], Judged], answer: Any) -> Judged:
    if _open(answer):
        return Judged.not_yet("open")
    form, expected = _FORMS[str(exercise.__annotations__["answer"]).partition("[")[0]]
    if not isinstance(answer, form):
        return Judged.not_yet("form", why=f"expected {expected}, found {units.shown(answer)}")
    try:
        return exercise(answer)
    except ScenarioError as error:
        found = error.findings[0]
        return Judged.not_yet(
            "refused", why=f"{found.message} ({found.hint})" if found.hint else found.message
        )
    except StatesimError as error:
        return Judged.not_yet("refused", why=str(error))
    except units.UnitError as error:
        return Judged.not_yet("refused", why=f"{error} ({error.hint})" if error.hint else str(error))
    except KeyError as error:
        return Judged.not_yet("form", why=f"{error.args[0]} is missing")
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        return Judged.not_yet("form", why=str(error) or type(error).__name__)


def _open(answer: Any) -> bool:
    """Tell whether something of an answer is still to be written."""
    return answer is None or _dotted(answer)


def _dotted(answer: Any) -> bool:
    if isinstance(answer, dict):
        return any(_dotted(value) for value in answer.values())
    if isinstance(answer, list | tuple | set | frozenset):
        return any(_dotted(value) for value in answer)
    return answer is ... or (isinstance(answer, str) and answer.strip() in ("", "..."))
