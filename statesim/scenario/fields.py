"""The types of a scenario's fields: each reads what people write, and writes it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from annotated_types import GroupedMetadata
from pydantic import BeforeValidator, PlainSerializer, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from statesim.kernel.distributions import Distribution, Fixed
from statesim.scenario import delays, targets
from statesim.scenario.constraints import EFFECTS, Taint
from statesim.scenario.quantity import binary, milli
from statesim.scenario.units import (
    UnitError,
    format_duration,
    format_rate,
    parse_bytes,
    parse_cpu,
    parse_duration,
    parse_rate,
)
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOREVER_US = 10**17  # about three thousand years: `never`, where a duration has to be drawn


class Slip(NamedTuple):
    """One thing that a validator finds wrong; `at` leads further into the value."""

    message: str
    hint: str | None = None
    at: tuple[str | int, ...] = ()


IN_QUOTES = "write it in quotes"  # as a hint: replaced by the text that stands in the file, in quotes


def wrong(message: str, hint: str | None = None, at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """Return the exception by which a validator says what is wrong; `at` leads further into the value."""
    return all_wrong([Slip(message, hint, at)])


def all_wrong(slips: Sequence[Slip]) -> PydanticCustomError:
    """Return the exception by which a validator says several things at once."""
    return PydanticCustomError("statesim", "{message}", {"message": slips[0].message, "slips": tuple(slips)})


def reads(parse: Callable[[Any], Any]) -> PlainValidator:
    """Return a validator that lets `parse` read the value and passes its complaint on."""

    def read(value: Any) -> Any:
        try:
            return parse(value)
        except UnitError as error:
            raise wrong(str(error), error.hint) from None

    return PlainValidator(read)


@dataclass(frozen=True)
class Named(GroupedMetadata):
    """What makes a field the name of something of one kind, ``Annotated[Ref, Named("System", "pg")]``.

    Attributes
    ----------
    example
        A name, for whoever reads the schema.
    """

    kind: str
    example: str

    def __iter__(self) -> Iterator[object]:
        """Yield how it is read, written and described."""
        yield reads(partial(targets.parse_named, kind=self.kind))
        yield PlainSerializer(targets.written)
        named = {"pattern": f"^{self.kind}/.+$", "examples": [f"{self.kind}/{self.example}"]}
        yield WithJsonSchema({"type": "string", **named})


def _or_never(parse: Callable[[Any], Any], never: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value == "never" or value is None:
            return never
        if isinstance(value, str) and value.lower() in {"none", "inf", "infinite", "forever", "false"}:
            raise UnitError(f"{value!r} is not a duration", "did you mean never?")
        return parse(value)

    return read


DURATION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": r"^((\d+(\.\d+)?|\.\d+)(us|ms|s|m|h|d))+$|^\d+(\.\d+)?$"},
        {"type": "number", "minimum": 0},
    ],
    "examples": ["300ms", "90s", "5m", "1h30m", "2d"],
}
_NEVER_SCHEMA: dict[str, Any] = {"anyOf": [{"const": "never"}, *DURATION_SCHEMA["anyOf"]]}
_LIST = {"type": "array", "items": DURATION_SCHEMA, "minItems": 1}


def _one(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


def _parameters(**properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in properties if name != "weights"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_NUMBER = {"type": "number", "minimum": 0}
_EMPIRICAL = _parameters(values=_LIST, weights={"type": "array", "items": _NUMBER})
DELAY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        *DURATION_SCHEMA["anyOf"],
        _one("fixed", DURATION_SCHEMA),
        _one("uniform", {"type": "array", "items": DURATION_SCHEMA, "minItems": 2, "maxItems": 2}),
        _one("exponential", {"anyOf": [*DURATION_SCHEMA["anyOf"], _parameters(mean=DURATION_SCHEMA)]}),
        _one("lognormal", _parameters(median=DURATION_SCHEMA, sigma=_NUMBER)),
        _one("weibull", _parameters(scale=DURATION_SCHEMA, shape=_NUMBER)),
        _one("empirical", {"anyOf": [_LIST, _EMPIRICAL]}),
        _EMPIRICAL,
    ],
    "examples": ["2s", {"uniform": ["1s", "3s"]}, {"exponential": "30m"}],
}
_DELAY_OR_NEVER = {"anyOf": [{"const": "never"}, *DELAY_SCHEMA["anyOf"]]}


def _written_duration(us: int | None) -> str:
    return "never" if us is None else format_duration(us)


def _written_delay(delay: Distribution | None) -> Any:
    return "never" if delay is None or delay == Fixed(FOREVER_US) else delays.written(delay)


def _exponential_unless_given(value: Any) -> Distribution:
    """Read a mean as an exponential distribution."""
    if isinstance(value, str | int | float):
        return delays.parse_delay({"exponential": value})
    return delays.parse_delay(value)


def _written_mean_or_delay(delay: Distribution) -> Any:
    """Write it so that it is read as the same: a bare duration would be the mean of an exponential."""
    text = delays.written(delay)
    return {"fixed": text} if isinstance(delay, Fixed) else text


_DELAY_TEXT = PlainSerializer(_written_delay)
Duration = Annotated[
    int, reads(parse_duration), PlainSerializer(_written_duration), WithJsonSchema(DURATION_SCHEMA)
]


def _signed(value: Any) -> int:
    """Read a duration that may be negative: ``-5s``."""
    behind = isinstance(value, str) and value.startswith("-")
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return -parse_duration(-value)
    return -parse_duration(value[1:]) if behind else parse_duration(value)


Offset = Annotated[
    int,
    reads(_signed),
    PlainSerializer(lambda us: f"-{format_duration(-us)}" if us < 0 else format_duration(us)),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "number"}], "examples": ["5s", "-200ms"]},
    ),
]
DurationOrNever = Annotated[
    int | None,
    reads(_or_never(parse_duration, None)),
    PlainSerializer(_written_duration),
    WithJsonSchema(_NEVER_SCHEMA),
]
Delay = Annotated[Distribution, reads(delays.parse_delay), _DELAY_TEXT, WithJsonSchema(DELAY_SCHEMA)]
DelayOrNever = Annotated[
    Distribution | None,
    reads(_or_never(delays.parse_delay, None)),
    _DELAY_TEXT,
    WithJsonSchema(_DELAY_OR_NEVER),
]
# unset and never are two things here: never is a time beyond every run
Listening = Annotated[
    Distribution | None,
    reads(_or_never(delays.parse_delay, Fixed(FOREVER_US))),
    _DELAY_TEXT,
    WithJsonSchema(_DELAY_OR_NEVER),
]
MeanOrDelay = Annotated[
    Distribution,
    reads(_exponential_unless_given),
    PlainSerializer(_written_mean_or_delay),
    WithJsonSchema(DELAY_SCHEMA),
]
Rate = Annotated[
    float,
    reads(parse_rate),
    PlainSerializer(format_rate),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?/[smhd]$"}, _NUMBER],
            "examples": ["20/s", "5/m"],
        }
    ),
]
_QUANTITY_SCHEMA = {"anyOf": [{"type": "string"}, _NUMBER]}
Cpu = Annotated[
    int,
    reads(parse_cpu),
    PlainSerializer(lambda amount: milli(amount) if amount % 1000 else amount // 1000),
    WithJsonSchema({**_QUANTITY_SCHEMA, "examples": ["500m", 2]}),
]
Bytes = Annotated[
    int,
    reads(parse_bytes),
    PlainSerializer(binary),
    WithJsonSchema({**_QUANTITY_SCHEMA, "examples": ["512Mi", "10Gi"]}),
]

Text = Annotated[str, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]


def _name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", value):
        raise UnitError(
            f"expected a name of small letters, digits and dashes, found {value!r}", _meant_name(value)
        )
    return value


def _meant_name(value: Any) -> str | None:
    meant = re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-")[:63]
    return f"did you mean {meant}?" if isinstance(value, str) and meant else None


Name = Annotated[
    str,
    reads(_name),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}),
]


def _reference(kinds: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if "System" in kinds and isinstance(value, str) and value.startswith("System/"):
            return f"System/{_name(value.removeprefix('System/'))}"  # not an object of Kubernetes
        ref = targets.parse_ref(value)
        if ref.kind not in kinds:
            raise UnitError(f"expected {' or '.join(kinds)}, found {ref.kind}", f"like {kinds[0]}/{ref.name}")
        return ref.key

    return read


def _reference_schema(kinds: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(kinds)})/[^/]+$"})


_WORKLOADS = ("StatefulSet", "Deployment", "ReplicaSet", "Pod", "Container")
_SERVERS = ("Service", "Pod", "System", "Container")
ServerKey = Annotated[str, reads(_reference(_SERVERS)), _reference_schema(_SERVERS)]
WorkloadKey = Annotated[str, reads(_reference(_WORKLOADS)), _reference_schema(_WORKLOADS)]

_REF_SCHEMA: dict[str, Any] = {"type": "string", "pattern": f"^({'|'.join(targets.KINDS)})/[^/]+$"}
_LABELS_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
TARGET_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _REF_SCHEMA,
        _one("nodeOf", _REF_SCHEMA),
        *(_one(form, {"type": "string"}) for form in ("primaryOf", "replicaOf", "zone")),
        _one("anyPod", _LABELS_SCHEMA),
        _one(
            "anyNode",
            {
                "type": "object",
                "properties": {"zone": {"type": "string"}, "labels": _LABELS_SCHEMA},
                "additionalProperties": False,
            },
        ),
    ]
}
TargetField = Annotated[
    targets.Target,
    reads(targets.parse_target),
    PlainSerializer(targets.written),
    WithJsonSchema(TARGET_SCHEMA),
]


def _taint(value: Any) -> Taint:
    if isinstance(value, Taint):
        return value
    if not isinstance(value, dict):
        raise wrong(
            f"expected a taint, like {{key: dedicated, value: db, effect: NoSchedule}}, found {value!r}"
        )
    for key in value:
        if key not in {"key", "value", "effect"}:
            raise wrong(f"a taint has no {key}", did_you_mean(str(key), ("key", "value", "effect")), (key,))
    if not isinstance(value.get("key"), str) or not value["key"]:
        raise wrong("a taint needs a key")
    effect = value.get("effect")
    if effect not in EFFECTS:
        shown = "a taint needs an effect" if effect is None else f"{effect!r} is not the effect of a taint"
        raise wrong(shown, did_you_mean(str(effect), EFFECTS), ("effect",) if "effect" in value else ())
    text = value.get("value", "")
    if not isinstance(text, str):
        raise wrong(f"the value of a taint must be a text, found {text!r}", IN_QUOTES, ("value",))
    return Taint(value["key"], effect, text)


def _written_taint(taint: Taint) -> dict[str, str]:
    value = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, **value, "effect": taint.effect}


TaintField = Annotated[
    Taint,
    PlainValidator(_taint),
    PlainSerializer(_written_taint),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "key": {"type": "string"},
                "value": {"type": "string"},
                "effect": {"enum": list(EFFECTS)},
            },
            "required": ["key", "effect"],
            "additionalProperties": False,
        }
    ),
]

Labels = Annotated[dict[Text, Text], BeforeValidator(lambda value: {} if value is None else value)]
