"""How a setting is declared: once, as an annotated field of a class, from which everything else about it comes."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

import pydantic
import pydantic.dataclasses
from pydantic_core import ArgsKwargs, core_schema

from recsys_core.errors import ConfigError, quoted
from recsys_core.settings.numbers import show_number

Scope = Literal["runtime", "start", "structure", "data", "label"]
Kind = Literal["whole", "number", "switch", "choice", "text", "whole_list", "text_list", "other_list"]
GROUPS = {
    "front": "",
    "model": "Model",
    "learning": "Learning",
    "losses": "Penalties and losses",
    "ratings": "Ratings",
    "filters": "Filters",
}
"""Where the Train page shows a setting, in its order: "front" is what stands above "More settings"."""

_STRICT = pydantic.ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)
_Class = TypeVar("_Class", bound=type)


@dataclass(frozen=True)
class Sweep:
    """The range over which a sweep varies a number; without one, a setting that may be swept takes all its choices."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    """Vary its logarithm evenly."""


@dataclass(frozen=True, eq=False)
class Setting:
    """All that is known of a setting. `Annotated[type, Setting(…)] = default` in a `settings_class` declares it."""

    label: str
    """Its name for people."""
    help: str
    """What it does, in one sentence with its unit, and when to change it."""
    _: KW_ONLY
    scope: Scope
    """What changing it changes: "structure" compiles the loop anew; "runtime" compiles nothing (a number is told to the
    loop at each call, by its name); "start" where fresh weights begin, which compiles nothing either; "data" the
    ratings or their split; "label" nothing of what is learned."""
    group: str = "model"
    """One of `GROUPS`; within it, settings keep the order of their declaration."""
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    """`low` itself is refused."""
    most: int | None = None
    """The most items of a list."""
    least: int = 0
    """The fewest."""
    pattern: str | None = None
    """Regular expression that a text must match whole."""
    in_words: str = ""
    """What a text, or the items of a list, must be, as it reads after "must be"."""
    step: float | None = None
    """How far one press of a number field's + goes."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Choice -> its name for people, where that is not the choice with blanks for underscores."""
    none: str = ""
    """What None means, for people, where None is accepted."""
    suggestions: tuple[Any, ...] = ()
    """Values to offer where any are accepted."""
    named_only: bool = False
    """Only those architectures use it that name it."""
    lasting: bool = False
    """A run that is continued keeps it: its weights mean nothing without it, or it says which ratings validate."""
    sweep: Sweep | None = None
    """How a sweep may vary it; None if it may not."""
    read: Callable[[str], Any] | None = None
    """From text to a value, and `write` back, for a list of items that are neither numbers nor texts."""
    write: Callable[[Any], str] | None = None

    name: str = ""
    """This and the next two come from the annotated field."""
    annotation: Any = None
    default: Any = None

    @cached_property
    def kind(self) -> Kind:
        of, *items = (self._type, *get_args(self._type))
        if get_origin(of) is Literal:
            return "choice"
        if get_origin(of) is tuple:
            return {int: "whole_list", str: "text_list"}.get(items[0], "other_list")  # pyright: ignore[reportReturnType]
        return {int: "whole", float: "number", bool: "switch"}.get(of, "text")  # pyright: ignore[reportReturnType]

    @cached_property
    def accepts_none(self) -> bool:
        return type(None) in get_args(self.annotation)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """What it must be one of; empty if it is no choice."""
        return get_args(self._type) if self.kind == "choice" else ()

    @cached_property
    def rule(self) -> str:
        """What is accepted, as it reads after "must be"."""
        if self.kind == "switch":
            return "True or False"
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "text":
            return self.in_words or "a text"
        if self.kind == "number":
            return f"a number {self._range}{self._or_none}"
        if self.kind == "whole":
            return f"a whole number {self._range}{self._or_none}"
        count = f"{self.least} to {self.most}" if self.least else f"at most {self.most}"
        items = {"whole_list": f"whole numbers {self._range}", "text_list": "texts"}
        return f"{count} {items.get(self.kind, self.in_words)}"

    @cached_property
    def _type(self) -> Any:
        """The annotated type, without None."""
        if get_origin(self.annotation) in (types.UnionType, Union):
            return next(of for of in get_args(self.annotation) if of is not type(None))
        return self.annotation

    @property
    def _range(self) -> str:
        low, high = (math.inf if bound is None else bound for bound in (self.low, self.high))
        return f"above {low:g} and up to {high:,g}" if self.above_low else f"from {low:,g} to {high:,.10g}"

    @property
    def _or_none(self) -> str:
        return f", or None for {self.none}" if self.accepts_none else ""

    def check(self, value: Any) -> Any:
        """`value` as it is kept, a list as a tuple. Raises `ConfigError`."""
        try:
            return self._adapter.validate_python(value)
        except pydantic.ValidationError:
            raise self.refusal(value) from None

    def refusal(self, value: Any) -> ConfigError:
        """The error for `value`."""
        return ConfigError(f"`{self.name}` must be {self.rule}. Received: {quoted(value)}")

    def parse(self, text: str) -> Any:
        """The value that `text` writes; "all" or "none" for None. Raises `ConfigError`."""
        text = text.strip()
        value: Any = text
        try:
            if self.accepts_none and text.lower() in ("none", "all", self.none.lower()):
                return None
            if self.kind == "whole":
                value = int(text)
            elif self.kind == "number":
                value = float(text)
            elif self.kind == "switch":
                value = {"true": True, "on": True, "false": False, "off": False}.get(text.lower(), text)
            elif self.kind == "whole_list":
                value = tuple(int(part) for part in text.replace(",", " ").split())
            elif self.kind == "text_list":
                value = tuple(part.strip() for part in text.split(",") if part.strip())
        except ValueError:
            raise self.refusal(text) from None
        if self.kind == "other_list" and self.read is not None:
            value = self.read(text)
        return self.check(value)

    def show(self, value: Any) -> str:
        """`value` as people write it: "32, 4", "0.001 × 5", "all rows", "on"."""
        if value is None:
            return self.none
        if self.kind == "other_list" and self.write is not None:
            return self.write(value)
        if self.kind in ("whole_list", "text_list"):
            return ", ".join(map(str, value))
        if self.kind == "number":
            return show_number(value)
        if self.kind == "switch":
            return "on" if value else "off"
        return self.title(value) if self.kind == "choice" else str(value)

    def text(self, value: Any) -> str:
        """`value` as `parse` reads it: as it is shown, but for choices, which people are shown by other names."""
        return value if self.kind == "choice" else self.show(value)

    def title(self, choice: str) -> str:
        """A choice's name for people."""
        return self.titles.get(choice, choice.replace("_", " "))

    @cached_property
    def _adapter(self) -> pydantic.TypeAdapter:
        is_class = isinstance(self.annotation, type) and dataclasses.is_dataclass(self.annotation)
        annotated: Any = Annotated[self.annotation, self]  # pyright: ignore[reportInvalidTypeForm]
        return pydantic.TypeAdapter(annotated, config=None if is_class else _STRICT)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: pydantic.GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Pydantic checks the type strictly, this the limits. JSON has lists where settings have tuples."""
        inner = core_schema.no_info_after_validator_function(self._within_limits, handler(source))
        return core_schema.no_info_before_validator_function(
            lambda value: tuple(value) if isinstance(value, list) else value, inner
        )

    def _within_limits(self, value: Any) -> Any:
        if isinstance(value, tuple) and not self.least <= len(value) <= (math.inf if self.most is None else self.most):
            raise ValueError
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, str) and self.pattern is not None and not re.fullmatch(self.pattern, item):
                raise ValueError
            if isinstance(item, int | float) and not isinstance(item, bool):
                too_low = self.low is not None and (item < self.low or (self.above_low and item == self.low))
                if too_low or (self.high is not None and item > self.high):
                    raise ValueError
        return value


@dataclass_transform(frozen_default=True)
def settings_class(cls: _Class) -> _Class:
    """Make `cls` a frozen dataclass of settings that takes only what they accept, and raises `ConfigError` otherwise.

    Before they are checked, the settings given by name pass the class method `_given` if the class has one.
    """
    explain: Any = classmethod(_explain)
    cls._explain = pydantic.model_validator(mode="wrap")(explain)  # pyright: ignore[reportAttributeAccessIssue]
    made = pydantic.dataclasses.dataclass(frozen=True, config=_STRICT)(cls)
    return made  # pyright: ignore[reportReturnType]


def _explain(cls: type, values: Any, handler: Callable[[Any], Any]) -> Any:
    """Pydantic's check of a whole object, with this project's errors; of a mapping, as JSON has it, too."""
    if isinstance(values, Mapping):
        if not all(isinstance(name, str) for name in values):
            raise ConfigError(f"Settings must have names. Received: {quoted(values)}")
        return cls(**values)
    if not isinstance(values, ArgsKwargs):
        return handler(values)
    names = [each.name for each in dataclasses.fields(cls)]
    given = dict(zip(names, values.args, strict=False)) | (values.kwargs or {})
    if hasattr(cls, "_given"):
        given = cls._given(given)  # pyright: ignore[reportAttributeAccessIssue]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise unknown_settings(unknown, declared(cls))
    try:
        return handler(ArgsKwargs((), given))
    except pydantic.ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        setting = declared(cls)[name]
        if name not in given:
            raise ConfigError(f"`{name}` must be {setting.rule}. Received: nothing") from None
        raise setting.refusal(given[name]) from None


def unknown_settings(unknown: list[str], known: Mapping[str, Setting]) -> ConfigError:
    """The error for names that are no settings."""
    names = quoted(", ".join(unknown)).strip("'\"")
    return ConfigError(f"Settings must be among {', '.join(sorted(known))}. Received: {names}")


@cache
def declared(cls: type) -> Mapping[str, Setting]:
    """Name -> setting, in the order in which the class declares them."""
    hints = get_type_hints(cls, include_extras=True)
    found: dict[str, Setting] = {}
    for each in dataclasses.fields(cls):
        annotation, *about = get_args(hints[each.name]) if get_origin(hints[each.name]) is Annotated else (None,)
        for setting in about:
            if isinstance(setting, Setting):
                default = None if each.default is dataclasses.MISSING else each.default
                found[each.name] = dataclasses.replace(setting, name=each.name, annotation=annotation, default=default)
    return types.MappingProxyType(found)
