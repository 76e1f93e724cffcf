"""How images behave: the simulator cannot run them, so a scenario says it."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import Field

from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import SECOND
from statesim.scenario.fields import (  # noqa: TC001 - pydantic reads the annotations
    Bytes,
    Delay,
    DelayOrNever,
    Flag,
    Listening,
    Whole,
)
from statesim.scenario.model import Model


class ImageBehaviour(Model):
    """What a container of an image does in its life.

    Attributes
    ----------
    start
        A distribution.
    pull, ready, stop, crash_after, completes_after
        Distributions; ``None`` = never.
    listen
        ``None`` = not set: then `ready` tells when the program answers.
    """

    pull: DelayOrNever = Field(
        Fixed(2 * SECOND),
        description="How long a node pulls the image that it does not have yet; "
        "never = there is no such image: ErrImagePull, ImagePullBackOff.",
    )
    start: Delay = Field(
        Fixed(1 * SECOND), description="From the container's creation until its program runs."
    )
    ready: DelayOrNever = Field(
        Fixed(0),
        description="From running until the program can serve and is reported Ready: a scripted readiness.",
    )
    listen: Listening = Field(
        None,
        description="How long after running the program really answers. Kubernetes learns it only through a "
        "readinessProbe; without one the pod is Ready as soon as it runs.",
    )
    stop: DelayOrNever = Field(
        Fixed(1 * SECOND),
        description="How long the program takes to exit after SIGTERM; "
        "never = killed at the end of the grace period.",
    )
    crash_after: DelayOrNever = Field(
        None, description="How long after running the program crashes, each time it runs; default never."
    )
    memory: Bytes | None = Field(
        None, description="The memory that a container uses; default: as much as it requests."
    )
    disk: Bytes = Field(
        0, description="What a container writes to its node's own disk: its layer, its logs, its emptyDirs."
    )
    completes_after: DelayOrNever = Field(
        None, description="How long after running the program has done its work and ends well; default never."
    )
    workers: Whole | None = Field(
        None,
        ge=1,
        description="How many operations of clients the program works on at once, each for its serviceTime; "
        "the others wait in line. Default: any number.",
    )
    backlog: Whole = Field(
        2048, ge=0, description="How many operations may wait in line; beyond that they are turned away."
    )
    graceful: Flag = Field(
        True,
        description="On SIGTERM the program finishes the requests in flight and closes its socket last; "
        "false = it drops them and dies.",
    )


def fits(image: str, pattern: str) -> bool:
    """Tell whether a pattern of the scenario's `images` is about an image."""
    return image == pattern or fnmatchcase(image, pattern)


def repository(image: str) -> str:
    """Return an image's name, or a pattern of it, without its tag and digest."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    return name if name and "/" not in tag else image.partition("@")[0]
