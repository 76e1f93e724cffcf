"""What can be read of a scenario that is wrong in places, so that the rest of it can be checked as well.

A field that is wrong, or missing and required, is ``None`` here, whatever its type says; a part of which
nothing can be read has all its fields at ``None`` or their defaults. Nothing like this is ever simulated.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_origin

from pydantic import TypeAdapter, ValidationError

from statesim.scenario.cluster import Cluster
from statesim.scenario.complaints import complaints, slipped
from statesim.scenario.fields import TargetField  # noqa: TC001 - pydantic reads the annotations
from statesim.scenario.model import LOADING, inner_models, keys_of
from statesim.scenario.schema import Scenario
from statesim.scenario.timeline import Apply, Sources

if TYPE_CHECKING:
    from statesim.errors import Finding
    from statesim.scenario.model import Model
    from statesim.scenario.where import Where

# the keys of a cluster that hang together, by the kind of object that is in doubt if one of them is wrong
_TOGETHER = {
    "Node": ("nodes", "zones", "nodesPerZone"),
    "StorageClass": ("storageClasses",),
    "": ("kubernetes", "featureGates", "disableForceDetachOnTimeout"),
}


class Unread(Apply):
    """A row of a timeline whose word nobody knows: it may aim at something, and bring manifests."""

    on: TargetField | None = None
    manifests: Sources = ()


def partial(model: type[Model], data: Any) -> Any:
    """Return what can be read of `data` as a `model`, whose keys are right."""
    if isinstance(data, model):
        return data
    rows = data if isinstance(data, dict) else {}
    found: dict[str, Any] = {}
    for key, name in keys_of(model).items():
        if key in rows:
            found[name] = _field(model, name, rows[key])
        elif model.model_fields[name].is_required():
            found[name] = None
    return model.model_construct(set(found), **found)


def _field(model: type[Model], name: str, data: Any) -> Any:
    annotation = model.model_fields[name].annotation
    inner = inner_models(annotation)
    if not inner:
        try:
            return _adapter(model, name).validate_python(data, context=LOADING)
        except ValidationError:
            return None
    if get_origin(annotation) is tuple:
        rows = data if isinstance(data, list | tuple) else [data]
        return tuple(partial(_of_row(inner, row), row) for row in rows)
    if get_origin(annotation) is dict:
        return {key: partial(inner[0], row) for key, row in data.items()} if isinstance(data, dict) else {}
    return partial(inner[0], data)


def _of_row(models: list[type[Model]], row: Any) -> type[Model]:
    """Return which of several parts a row is, by its word after ``do:``."""
    if len(models) == 1:
        return models[0]
    word = row.get("do") if isinstance(row, dict) else None
    return next((model for model in models if model.model_fields["do"].default == word), Unread)


@cache
def _adapter(model: type[Model], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[name].rebuild_annotation())


def partial_scenario(raw: dict[str, Any], where: Where) -> tuple[Scenario, list[str], list[Finding]]:
    """Return what can be read of a scenario, and what is wrong although its parts may be right.

    Returns
    -------
    tuple[Scenario, list[str], list[Finding]]
        Its cluster is in order, for want of better the default one; then come the kinds of objects of which
        that leaves open what there are.
    """
    findings: list[Finding] = []
    given = raw.get("cluster", {})
    doubtful = [] if isinstance(given, dict) else ["Node", "StorageClass"]
    sound: dict[str, Any] = {}
    for kind, keys in _TOGETHER.items():
        part = {key: given[key] for key in keys if key in given} if isinstance(given, dict) else {}
        try:
            Cluster.model_validate(part, context=LOADING)
        except ValidationError as error:
            doubtful += [kind] if kind else []
            findings += complaints(error, part, where, ("cluster",))
        else:
            sound |= part
    scenario = partial(Scenario, {key: value for key, value in raw.items() if key != "cluster"})
    cluster = Cluster.model_validate(sound, context=LOADING)
    findings += slipped(scenario.misfits(), raw, where)
    return scenario.model_copy(update={"cluster": cluster}), doubtful, findings
