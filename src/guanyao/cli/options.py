"""The options that commands share, each declared once, and how their text becomes settings."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, get_type_hints

import typer

from guanyao.errors import ConfigError

Options = TypeVar("Options")

FORMATS = ("parquet", "csv", "xlsx", "jsonl", "folder", "npz", "idx")


def complete_models(incomplete: str) -> list[str]:
    """The names of generators that begin like this."""
    from guanyao.flows.listing import names

    return [name for name in ["auto", *names("models")] if name.startswith(incomplete)]


def complete_several_models(incomplete: str) -> list[str]:
    """The list of generators so far, with each name that may come next."""
    before, comma, last = incomplete.rpartition(",")
    used = before.split(",")
    return [before + comma + name for name in complete_models(last) if name not in used]


def complete_families(incomplete: str) -> list[str]:
    """The families of `guanyao list` that begin like this."""
    from guanyao.flows.listing import FAMILIES

    return [name for name in FAMILIES if name.startswith(incomplete)]


SourceArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A table: .csv[.gz|.zst], .parquet, .xlsx, .jsonl, sqlite:///file#table or "
        "postgresql://…#table. Or pictures: a folder, .npz, IDX, or a .parquet that holds them. "
        "vault:NAME is an item of the vault.",
        show_default=False,
    ),
]
OutFolder: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="The folder for the results: new, empty, or that of an earlier run.",
        show_default=False,
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, for programs.")
]
Who: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who runs this, for the record.", show_default=False),
]
WorkspaceFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        metavar="DIR",
        help="The workspace that this is recorded in.",
        show_default="GUANYAO_WORKSPACE, or the nearest folder above that is one",
    ),
]
Given: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="COL=VALUE",
        help="A value that every row shall have (COL= for a missing one). May be repeated.",
        show_default=False,
    ),
]
Rebalance: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--rebalance",
        metavar="COL=LEVEL:SHARE,…",
        help="The share that levels of a column shall have, e.g. 'sex=F:0.5,M:0.5'.",
        show_default=False,
    ),
]


Labels: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Of pictures: the labels, a CSV file (file,label) for a folder, an IDX file, or the "
        "name of an array or a column.",
        show_default="looked for",
    ),
]
Size: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="HxW",
        help="Of pictures: the size that all are brought to, e.g. 64 or 48x64.",
        show_default="their own",
    ),
]
ShowReal: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--show-real",
        help="Of pictures: show real ones beside the virtual ones in the report.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """How to learn, as typed."""

    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The generator: auto, or a name of `guanyao list models`.",
            autocompletion=complete_models,
        ),
    ] = "auto"
    set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A setting of the generator. May be repeated.",
            show_default=False,
        ),
    ] = None
    schema: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A schema that `guanyao inspect -o` wrote and you have edited.",
            show_default=False,
        ),
    ] = None
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COL", help="The column that utility is measured on.", show_default=False
        ),
    ] = None
    entity: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="The column that says whom a row or picture belongs to; splits go by it, never "
            "by row.",
            show_default=False,
        ),
    ] = None
    labels: Labels = None
    size: Size = None
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="A rule that every row keeps, e.g. 'start <= end'. May be repeated.",
            show_default=False,
        ),
    ] = None
    min_entities: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How many entities everything that is learned stands for, at the least.",
            show_default="the generator's",
        ),
    ] = None
    epsilon: Annotated[
        float | None,
        typer.Option(
            metavar="E",
            help="The budget of differential privacy, for generators that have it.",
            show_default=False,
        ),
    ] = None
    delta: Annotated[
        float | None,
        typer.Option(metavar="D", help="With what chance it may fail.", show_default=False),
    ] = None
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Passes over the data, for deep models.", show_default="the model's"
        ),
    ] = None
    max_minutes: Annotated[
        float | None,
        typer.Option(metavar="M", help="Wall time that fitting may take.", show_default=False),
    ] = None
    max_cpu_minutes: Annotated[
        float | None,
        typer.Option(
            metavar="M", help="CPU time that fitting may take, for deep models.", show_default=False
        ),
    ] = None
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Write where training spends its time, for deep models."),
    ] = False
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed, the same result.")] = 0
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="P.yaml",
            help="Of a table: mask it by this policy before anything is learned.",
            show_default=False,
        ),
    ] = None
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The key of that masking.", show_default=False),
    ] = None
    allow_personal_text: Annotated[
        bool,
        typer.Option("--allow-personal-text", help="Learn text though it holds personal data."),
    ] = False

    def settings(self) -> dict[str, Any]:
        """The options by the names that flows know them by."""
        same = {f.name: getattr(self, f.name) for f in fields(self)}
        typed, rules = same.pop("set"), same.pop("rule")
        return {**same, "settings": pairs(typed or []), "rules": tuple(rules or ())}


Holdout: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="The share of entities that is kept back to measure with.",
        show_default="0.2",
    ),
]
HoldoutFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A table, or pictures, to measure with; then all of SOURCE is learned.",
        show_default=False,
    ),
]
Rows: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many virtual rows or pictures.",
        show_default="as many as were learned",
    ),
]
Format: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="What is written: parquet, csv, xlsx or jsonl for a table; folder, npz or idx for "
        "pictures.",
        show_default="parquet, or folder",
        autocompletion=lambda incomplete: [name for name in FORMATS if name.startswith(incomplete)],
    ),
]


@dataclass(frozen=True, kw_only=True)
class RunOptions(LearnOptions):
    """How to do the main job, as typed."""

    rows: Rows = None
    holdout: Holdout = None
    holdout_file: HoldoutFile = None
    rebalance: Rebalance = None
    format: Format = None
    canaries: Annotated[
        bool,
        typer.Option(
            "--canaries/--no-canaries",
            help="Plant made-up records, fit once more and try to find them again "
            "(left out where fitting takes long).",
        ),
    ] = True
    show_real: ShowReal = False

    def settings(self) -> dict[str, Any]:
        """The options by the names that flows know them by; what was not typed is left out.

        Raises:
            ConfigError: Both a share and a file were named to measure with.
        """
        if self.holdout is not None and self.holdout_file is not None:
            raise ConfigError(
                "--holdout and --holdout-file were both given",
                allowed="one of them: with a file, all of SOURCE is learned",
                code="config.holdout",
            )
        optional = ("rows", "holdout", "holdout_file", "rebalance", "format")
        typed = super().settings()
        return {k: v for k, v in typed.items() if k not in optional or v is not None}


def pairs(texts: list[str]) -> dict[str, str]:
    """Settings as typed, "key=value", by their names.

    Raises:
        ConfigError: One has no `=`, or stands twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or key.strip() in found:
            raise ConfigError(
                f"--set {text!r} cannot be read",
                allowed="KEY=VALUE, each key once",
                code="config.setting",
            )
        found[key.strip()] = value.strip()
    return found


def grouped(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command whose argument `options` becomes one option for each field.

    So commands share a group of options, and each option is declared in one place.

    Args:
        left_out: Fields that the command does not offer; they keep their defaults.
    """

    def spell_out(command: Callable[..., None]) -> Callable[..., None]:
        kind = get_type_hints(command)["options"]
        names = [f.name for f in fields(kind) if f.name not in left_out]

        @wraps(command)
        def flat(**typed: Any) -> None:  # noqa: ANN401
            options = kind(**{name: typed.pop(name) for name in names})
            command(**typed, options=options)

        parameters = [*_own_parameters(command), *_as_parameters(kind, names)]
        flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        flat.__annotations__ = {p.name: p.annotation for p in parameters}
        return flat

    return spell_out


def _own_parameters(command: Callable[..., None]) -> list[inspect.Parameter]:
    parameters = inspect.signature(command).parameters.values()
    return [p.replace(kind=p.KEYWORD_ONLY) for p in parameters if p.name != "options"]


def _as_parameters(kind: type, names: list[str]) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    defaults = {f.name: f.default for f in fields(kind)}
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, default=defaults[name], annotation=hints[name])
        for name in names
    ]
