"""Keys that no part of a scenario takes: each is named, and taken for the nearest right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from statesim.scenario.model import inner_models, keys_of
from statesim.scenario.where import Renamed, finding
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from statesim.errors import Finding
    from statesim.scenario.model import Model
    from statesim.scenario.where import Path, Where


class Keys:
    """Puts the keys of one document right, and remembers each that was wrong.

    Attributes
    ----------
    findings
        Every unknown key.
    renamed
        What was written, by the path of the key that it was taken for.
    where
        Where the values of the mended document stand.
    """

    def __init__(self, where: Where, *, attributes: bool = False) -> None:
        self.findings: list[Finding] = []
        self.renamed: dict[Path, str] = {}
        self.where = Renamed(where, self.renamed)
        self._attributes = attributes

    def mended(self, annotation: Any, data: Any, path: Path = ()) -> Any:
        """Return `data` without keys that its part of a scenario does not take.

        Parameters
        ----------
        annotation
            The model that `data` is to be, or a field's annotation that leads to models.
        path
            Where `data` stands in the document.
        """
        models = inner_models(annotation)
        if not models:
            return data
        if get_origin(annotation) is tuple and isinstance(data, list | tuple):
            of_row = get_args(annotation)[0]
            return [self.mended(of_row, row, (*path, index)) for index, row in enumerate(data)]
        if get_origin(annotation) is tuple or not isinstance(data, dict):
            return data
        if get_origin(annotation) is dict:
            return {key: self.mended(models[0], row, (*path, key)) for key, row in data.items()}
        if len(models) > 1:
            models = [model for model in models if model.model_fields["do"].default == data.get("do")]
        return self._mapping(models[0], data, path) if models else data

    def _mapping(self, model: type[Model], data: dict[str, Any], path: Path) -> dict[str, Any]:
        keys = keys_of(model, attributes=self._attributes)
        right = keys_of(model)
        found: dict[str, Any] = {}
        for key, value in data.items():
            meant: str = key
            if key not in keys:
                hint = did_you_mean(str(key), right)
                self.findings.append(finding(self.where, (*path, key), "unknown key", hint, key=True))
                meant = nearest(str(key), sorted(right)) or ""
                if not meant or meant in data or meant in found:
                    continue
                self.renamed[(*path, meant)] = key
            field = model.model_fields[keys[meant]]
            found[meant] = self.mended(field.annotation, value, (*path, meant))
        return found
