"""Pictures of one run, or of the variants of a scenario: one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.plot.given import one, reading_of, readings, seconds
from statesim.plot.legible import legible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from statesim.plot.given import Runs, Window


@legible
def timeline(
    result: Runs,
    *,
    ax: Axes | None = None,
    window: Window | None = None,
    theme: str = "paper",
    language: str = "en",
    drift: bool = False,
) -> Axes:
    """Draw what happened: pods, nodes, disks and clients through time, the variants one below the other.

    The wide bar is what is really so, the narrow one below it what Kubernetes says.

    Parameters
    ----------
    result
        A `Result`, or one of its variants.
    ax
        Where to draw; default: a figure of its own.
    window
        From and to: ``"50s-2m"``, ``("50s", "2m")`` or a pair of seconds; default: the whole run.
    theme
        ``paper``, ``slides`` (16:9, large letters, few words) or ``dark``.
    language
        ``en`` or ``zh``: of all words but names. Where no font has Chinese letters the picture is in
        English, with a warning.
    drift
        Add how far containers have moved from their image.

    Raises
    ------
    ValueError
        If there is no such theme, or nothing in the window.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("sts-ordered-scale")
    >>> statesim.plot.timeline(result, window=("0s", "30s")).get_xlim()
    (np.float64(0.0), np.float64(30.0))
    """
    from statesim.views.marks import timeline_marks  # noqa: PLC0415 - matplotlib is heavy: when it is used
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above
    from statesim.views.timeline import draw_axes  # noqa: PLC0415 - as above

    with drawn_in(language):
        marks = timeline_marks(readings(result), seconds(window), drift=drift)
        return draw_axes(marks, ax=ax, theme=theme)


@legible
def roles(
    result: Runs,
    *,
    ax: Axes | None = None,
    window: Window | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw who held which role: a row for each member of a system, and one that says who took writes.

    Parameters
    ----------
    result, ax, window, theme, language
        As for `timeline`.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["patroni-sync"])
    >>> axes = statesim.plot.roles(result, window="50s-2m")
    >>> "no primary for 24.9 s" in [text.get_text() for text in axes.texts]
    True
    """
    from statesim.views.courses import roles_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above
    from statesim.views.timeline import draw_axes  # noqa: PLC0415 - as above

    with drawn_in(language):
        return draw_axes(roles_marks(readings(result), seconds(window)), ax=ax, theme=theme)


@legible
def sessions(
    result: Runs,
    *,
    ax: Axes | None = None,
    window: Window | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw with whom clients were connected: a curve for each client and pod.

    What is open although its server is gone is marked: the client does not know it yet.

    Parameters
    ----------
    result, ax, window, theme, language
        As for `timeline`.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["patroni-sync"])
    >>> axes = statesim.plot.sessions(result, window=("50s", "2m"))
    >>> "10 broken (timeout)" in [text.get_text() for text in axes.texts]
    True
    """
    from statesim.views.courses import sessions_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above
    from statesim.views.timeline import draw_axes  # noqa: PLC0415 - as above

    with drawn_in(language):
        return draw_axes(sessions_marks(readings(result), seconds(window)), ax=ax, theme=theme)


@legible
def drift(
    result: Runs,
    *,
    ax: Axes | None = None,
    window: Window | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw how far containers have moved from their image: storage, identity, sessions, roles.

    Of storage, what would go with its container is marked.

    Parameters
    ----------
    result, ax, window, theme, language
        As for `timeline`.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["patroni-sync"])
    >>> axes = statesim.plot.drift(result)
    >>> "drift of pg" in [text.get_text() for text in axes.texts]
    True
    """
    from statesim.views.courses import drift_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above
    from statesim.views.timeline import draw_axes  # noqa: PLC0415 - as above

    with drawn_in(language):
        return draw_axes(drift_marks(readings(result), seconds(window)), ax=ax, theme=theme)


@legible
def lamport(
    result: Runs,
    *,
    variant: str | None = None,
    ax: Axes | None = None,
    window: Window | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw which event led to which: a line for each machine, pod, system, Service and client, and arrows.

    Events stand in their order and not to scale; the axis says when each was. A thick line is a primary, a
    broken one is gone.

    Parameters
    ----------
    result, ax, theme, language
        As for `timeline`.
    variant
        Which one; needed where there are several.
    window
        From and to; default: from the first fault on.

    Raises
    ------
    ValueError
        If nothing happens in the window.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["patroni-sync"])
    >>> axes = statesim.plot.lamport(result, theme="slides")
    >>> [text.get_text().split() for text in axes.texts if "elected" in text.get_text()]
    [['pg-1', 'elected,', 'term', '2']]
    """
    from statesim.views.lamport_figure import draw_axes, fitting_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above

    with drawn_in(language):
        marks = fitting_marks(reading_of(result, variant), seconds(window), ax=ax, theme=theme)
        return draw_axes(marks, ax=ax, theme=theme)


@legible
def topology(
    result: Runs,
    at: float | str | None = None,
    *,
    variant: str | None = None,
    ax: Axes | None = None,
    theme: str = "paper",
    language: str = "en",
    names: bool = True,
) -> Axes:
    """Draw the cluster at an instant: zones, nodes, pods, disks, and who is connected with whom.

    Parameters
    ----------
    result, ax, theme, language
        As for `timeline`.
    at
        ``"84s"``, or seconds; default: the end of the run.
    variant
        Which one; needed where there are several.
    names
        Write names.

    Raises
    ------
    StatesimError
        If there are several variants and none is named, or the run is over by then.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["patroni-sync"])
    >>> axes = statesim.plot.topology(result, at="90s")
    >>> "n-a-1" in [text.get_text() for text in axes.texts]
    True
    """
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above
    from statesim.views.topology import draw_axes  # noqa: PLC0415 - as above

    record = one(result, variant)
    with drawn_in(language):
        return draw_axes(record, record.instant(at), ax=ax, theme=theme, names=names)
