"""What all parts of a scenario have in common: immutable, no unknown keys, complaints in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.alias_generators import to_camel

from statesim.errors import ScenarioError
from statesim.scenario.units import Microseconds
from statesim.scenario.where import Nowhere

if TYPE_CHECKING:
    from typing import Self

# context of a validation by the loader, which knows the places in the file and collects from several parts
LOADING = {"loading": True}
ALONE = "default"  # what the one variant of a scenario that declares none is called


class Model(BaseModel):
    """A part of a scenario. Built from YAML by its keys, in Python by its keys or its attributes' names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Self:
        """Turn what is wrong into a `ScenarioError`, unless the loader does so for the whole file."""
        if info.context is LOADING:
            return handler(data)  # type: ignore[no-any-return]
        try:
            return handler(_exact(data))  # type: ignore[no-any-return]
        except ValidationError as error:
            from statesim.scenario.complaints import complaints  # noqa: PLC0415 - needs this module first
            from statesim.scenario.keys import Keys  # noqa: PLC0415 - so does this

            keys = Keys(Nowhere(), attributes=True)
            keys.mended(cls, data)
            raise ScenarioError([*keys.findings, *complaints(error, data, keys.where)]) from None

    def to_dict(self) -> dict[str, Any]:
        """Return what was set, as a scenario file would write it."""
        found: dict[str, Any] = _plain(self.model_dump(by_alias=True, exclude_unset=True))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _exact(data: Any) -> Any:
    """Mark whole numbers given for ``…_us`` attributes as microseconds; under a YAML key they are seconds."""
    if not isinstance(data, dict):
        return data
    return {
        key: Microseconds(value) if key.endswith("_us") and type(value) is int else value
        for key, value in data.items()
    }


def keys_of(model: type[Model], *, attributes: bool = False) -> dict[str, str]:
    """Return the keys that a part takes, each with its attribute's name."""
    keys = {field.alias or name: name for name, field in model.model_fields.items()}
    if attributes:
        keys.update({name: name for name in model.model_fields})
    return keys


def inner_models(annotation: Any) -> list[type[Model]]:
    """Return the parts that may stand where `annotation` is asked for: one, several (by ``do``), or none."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return [annotation] if issubclass(annotation, Model) else []
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        arguments = arguments[:1]
    return [model for argument in arguments for model in inner_models(argument)]
