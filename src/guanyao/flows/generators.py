"""Builds generators by name: which families there are, and settings as typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from inspect import signature
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from guanyao import registry
from guanyao.data.images import Images
from guanyao.errors import ConfigError
from guanyao.models import GROUP, IMAGE_GROUP, IMAGE_MODELS, MODELS
from guanyao.models.image_sampler import ImageSampler
from guanyao.types import Generator, Value

AnyGenerator: TypeAlias = Generator | ImageSampler
"""What learns a table or pictures, and draws them anew."""

OF_EPOCHS = ("epochs", "max_cpu_minutes", "profile")
"""What only generators that train in epochs know."""


@dataclass(frozen=True)
class Family:
    """The generators of one kind of data.

    Args:
        learns: What they learn, in words.
        table: Name -> place of the built-in ones.
        group: The entry-point group of others.
    """

    learns: str
    table: Mapping[str, str]
    group: str

    def names(self) -> list[str]:
        """The names of its generators."""
        return registry.names(self.table, self.group)


TABLES = Family("tables", MODELS, GROUP)
IMAGES = Family("pictures", IMAGE_MODELS, IMAGE_GROUP)


def family_of(data: object) -> Family:
    """The generators that learn this kind of data."""
    return IMAGES if isinstance(data, Images) else TABLES


def check_name(name: str, family: Family) -> None:
    """See that there is a generator of this name for this kind of data.

    Raises:
        UnknownNameError: There is none of that name at all.
        ConfigError: It learns another kind of data.
    """
    if name in ("auto", *family.names()):
        return
    known = ["auto", *family.names()]
    other = IMAGES if family is TABLES else TABLES
    if name in other.names():
        raise ConfigError(
            f"{name!r} learns {other.learns}, and the source holds {family.learns}",
            allowed=f"for {family.learns}: {', '.join(known)}",
            code="config.model",
        )
    raise registry.unknown(name, known, family=f"models of {family.learns}")


def build(
    name: str,
    settings: Mapping[str, Value],
    max_minutes: float | None = None,
    family: Family = TABLES,
) -> Any:  # noqa: ANN401
    """A generator with its settings, not fitted yet.

    Args:
        name: One of the family's names.
        settings: Its settings by name, as values or as text.
        max_minutes: Wall time that fitting may take, for generators that can keep to it.
        family: Whether it is to learn tables or pictures.

    Raises:
        UnknownNameError: There is no generator of that name.
        ConfigError: A setting is not one of the generator's, or is out of range.
        MissingExtraError: It rests on a package that is not installed.
    """
    check_name(name, family)
    kind = registry.find(family.table, name, family.group)
    own = _own_settings(kind)
    for setting in settings:
        if setting not in own:
            raise _strange_setting(name, setting, list(own))
    values = {k: _typed(f"{name}.{k}", own[k], v) for k, v in settings.items()}
    if max_minutes is not None and "max_minutes" in own:
        values.setdefault("max_minutes", max_minutes)
    return kind(**values)


def _own_settings(kind: type) -> dict[str, Any]:
    """Name and type of every setting of a generator."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind) if f.init and not f.name.endswith("_")}


def _strange_setting(model: str, setting: str, own: list[str]) -> ConfigError:
    if setting in ("epsilon", "delta"):
        return ConfigError(
            f"{model!r} gives no differential privacy, so it takes no {setting}",
            allowed=f"its settings: {', '.join(own)}",
            do="leave --epsilon and --delta out"
            + ("; min_entities is its protection" if "min_entities" in own else ""),
            code="config.no_dp",
        )
    if setting in OF_EPOCHS:
        return no_epochs(model, setting)
    return ConfigError(
        f"{model!r} has no setting {setting!r}",
        allowed="settings: " + (", ".join(own) or "none"),
        code="config.setting",
    )


def no_epochs(model: str, setting: str) -> ConfigError:
    """The error for a generator that does not train in epochs, asked to do so."""
    return ConfigError(
        f"{model!r} does not train in epochs, so it takes no {setting}",
        do=f"leave --{setting.replace('_', '-')} out, or choose a deep model (guanyao list models)",
        code="config.no_epochs",
    )


def _typed(name: str, hint: Any, value: Any) -> Any:  # noqa: ANN401
    """The value as the setting's type wants it; text is read as JSON where that fits."""
    for candidate in _readings(value):
        if _fits(hint, candidate):
            return tuple(candidate) if isinstance(candidate, list) else candidate
    raise ConfigError(
        f"setting {name} is {value!r}",
        allowed=f"allowed: {getattr(hint, '__name__', None) or hint}",
        code="config.setting",
    )


def _readings(value: Any) -> list[Any]:  # noqa: ANN401
    if not isinstance(value, str):
        return [value]
    try:
        return [json.loads(value), value]
    except (ValueError, RecursionError):
        named = {"true": True, "false": False, "none": None}
        return [named.get(value.lower(), value), value]


def _fits(hint: Any, value: Any) -> bool:  # noqa: ANN401
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(part, value) for part in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint in (None, NoneType):
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if (origin or hint) is tuple:
        return isinstance(value, list | tuple)
    if isinstance(value, bool):
        return hint is bool
    return hint is Any or isinstance(value, origin or hint)


def settings_of(generator: AnyGenerator) -> dict[str, Any]:
    """The generator's settings by name, without what it learned."""
    return {name: getattr(generator, name) for name in _own_settings(type(generator))}


def is_deep(generator: AnyGenerator) -> bool:
    """Whether it trains in epochs, leaves checkpoints in a folder, and goes on from there."""
    return "folder" in signature(generator.fit).parameters  # type: ignore[union-attr]


def is_of_images(generator: AnyGenerator) -> bool:
    """Whether it draws pictures."""
    return isinstance(generator, ImageSampler)
