"""Names of resource types as kubectl takes them: plural, singular, short, with a group, and `all`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.wire import RESOURCES
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_SHORT: dict[str, tuple[str, ...]] = {
    "Pod": ("po",),
    "Service": ("svc",),
    "PersistentVolumeClaim": ("pvc",),
    "PersistentVolume": ("pv",),
    "Node": ("no",),
    "Event": ("ev",),
    "ResourceQuota": ("quota",),
    "Deployment": ("deploy",),
    "ReplicaSet": ("rs",),
    "StatefulSet": ("sts",),
    "ControllerRevision": ("cr",),
    "StorageClass": ("sc",),
    "PodDisruptionBudget": ("pdb",),
    "PriorityClass": ("pc",),
}
ALL = ("Pod", "Service", "Deployment", "ReplicaSet", "StatefulSet")
# kinds of a real cluster of which a run has no object
_EMPTY = {
    "daemonsets": ("daemonset", "ds"),
    "jobs": ("job",),
    "cronjobs": ("cronjob", "cj"),
    "configmaps": ("configmap", "cm"),
    "secrets": ("secret",),
    "namespaces": ("namespace", "ns"),
    "leases": ("lease",),
}
_ENDPOINTS = ("endpoints", "ep")
_OF_SCENARIOS = ("System", "Client")  # what a run may have although its trace has nothing of that kind


class UnknownResourceError(StatesimError):
    """A word names no resource type."""


class NotFoundError(StatesimError):
    """There is no object of that name at that time."""


class Asked(NamedTuple):
    """What somebody asked for: kinds in order, each with the names wanted (none: all of them).

    `prefix` is the name in ``TYPE NAME``, which `describe` takes for the beginning of names too.
    """

    kinds: tuple[tuple[str, tuple[str, ...]], ...]
    named: bool
    several: bool
    prefix: str = ""


def _words(kind: str) -> tuple[str, ...]:
    plural = RESOURCES[kind].plural
    group = RESOURCES[kind].api_version.rpartition("/")[0]
    plain = (plural, kind.lower(), *_SHORT.get(kind, ()))
    return (*plain, *(f"{word}.{group}" for word in plain[:2] if group))


_KINDS = {word: kind for kind in RESOURCES for word in _words(kind)}


def kind_of(word: str, also: Collection[str] = ()) -> str:
    """Return the kind that a word names.

    Parameters
    ----------
    also
        Kinds beside the resource types.

    Raises
    ------
    UnknownResourceError
        In kubectl's words, with the nearest word that there is.
    """
    known = {kind.lower(): kind for kind in also} | _KINDS
    if word.lower() in known:
        return known[word.lower()]
    if word.lower() in {w for plural, others in _EMPTY.items() for w in (plural, *others)}:
        raise UnknownResourceError(f"a run has no {word}: they are not simulated")
    if word.lower() in _ENDPOINTS:
        raise UnknownResourceError(f"a run has no {word}: a Service's addresses are in its endpointslices")
    hint = did_you_mean(word.lower(), known)
    told = f" ({hint})" if hint and hint.startswith("did") else ""
    raise UnknownResourceError(f'the server doesn\'t have a resource type "{word}"{told}')


def full_name(kind: str) -> str:
    """Return a kind as it stands before a name: ``pod``, ``statefulset.apps``."""
    group = RESOURCES[kind].api_version.rpartition("/")[0]
    return f"{kind.lower()}.{group}" if group else kind.lower()


def group_resource(kind: str) -> str:
    """Return a resource as errors call it: ``pods``, ``statefulsets.apps``."""
    group = RESOURCES[kind].api_version.rpartition("/")[0]
    return f"{RESOURCES[kind].plural}.{group}" if group else RESOURCES[kind].plural


def asked_for(words: Sequence[str]) -> Asked:
    """Return what ``TYPE[,TYPE] [NAME...]`` or ``TYPE/NAME...`` asks for.

    Raises
    ------
    UnknownResourceError
        If a type is unknown, or the two forms are mixed.
    """
    if not words:
        raise UnknownResourceError("say which resource: pods, statefulset/pg, pods,pvc,svc or all")
    if _combined(words):
        named: dict[str, list[str]] = {}
        for left, name in map(_type_and_name, words):
            if "/" in name:
                raise UnknownResourceError("arguments in resource/name form may not have more than one slash")
            named.setdefault(kind_of(left), []).append(name)
        kinds = tuple((kind, tuple(names)) for kind, names in named.items())
        return Asked(kinds, named=True, several=len(kinds) > 1)
    types, names = words[0].split(","), tuple(words[1:])
    wanted: dict[str, None] = {}
    for word in types:
        wanted.update(dict.fromkeys(ALL if word == "all" else (kind_of(word),)))
    kinds = tuple((kind, names) for kind in wanted)
    prefix = names[0] if len(names) == 1 and len(kinds) == 1 else ""
    return Asked(kinds, named=bool(names), several=len(kinds) > 1 or "all" in types, prefix=prefix)


def _combined(words: Sequence[str]) -> bool:
    """Tell whether words are ``TYPE/NAME`` each (cli-runtime resource/builder.go: hasCombinedTypeArgs)."""
    if any("/" in word for word in words) and not all("/" in word for word in words):
        raise UnknownResourceError(
            "there is no need to specify a resource type as a separate argument when passing arguments "
            "in resource/name form (e.g. 'statesim get DIR resource/<name>' instead of "
            "'statesim get DIR resource resource/<name>')"
        )
    return "/" in words[0]


def _type_and_name(word: str) -> tuple[str, str]:
    """Return both parts of ``TYPE/NAME`` (cli-runtime resource/builder.go: splitResourceTypeName)."""
    left, _, name = word.partition("/")
    if not left or not name:
        raise UnknownResourceError(
            f"arguments in resource/name form must have a single resource and name, found {word!r}"
        )
    return left, name


def objects_named(words: Sequence[str], also: Collection[str] = (), there: Collection[str] = ()) -> list[str]:
    """Return the objects, as ``Kind/name``, that ``TYPE NAME...`` or ``TYPE/NAME...`` names.

    Parameters
    ----------
    also
        Kinds beside the resource types and those of a scenario, ``System`` and ``Client``.
    there
        The objects that there are, for whoever leaves the type out to be told.

    Raises
    ------
    UnknownResourceError
        If a type is unknown, or no name is given.
    """
    if not words:
        raise UnknownResourceError("say of which object: pod/pg-0, or pod pg-0")
    also = {*also, *_OF_SCENARIOS}
    pairs = (
        [_type_and_name(word) for word in words] if _combined(words) else [(words[0], n) for n in words[1:]]
    )
    if not pairs:
        known = words[0].lower() in {*_KINDS, *(kind.lower() for kind in also)}
        example = f"{words[0]}/NAME" if known else _called(words[0], there)
        raise UnknownResourceError(f"say of which object: {example}")
    return [f"{kind_of(left, also)}/{name}" for left, name in pairs]


def _called(name: str, there: Collection[str]) -> str:
    """Return the objects of a name, or of the nearest one; how to name any if there is none."""
    of_name: dict[str, list[str]] = {}
    for each in sorted(there):
        of_name.setdefault(each.partition("/")[2], []).append(each)
    near = nearest(name, of_name)
    return " or ".join(of_name[near]) if near else f"TYPE/NAME, as Pod/{name}"
