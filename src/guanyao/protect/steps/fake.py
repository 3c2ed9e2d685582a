"""Puts a made-up value of the same kind in place: the same value, the same fake."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import polars as pl

from guanyao.data.schema import Column, ColumnType
from guanyao.errors import ConfigError
from guanyao.protect.candidates import space
from guanyao.protect.fakers import FAKERS, Faker, Wish
from guanyao.protect.step import Context, Step, as_text, by_distinct, refuse_option, text_column

Locale: TypeAlias = Literal["auto", "zh_CN", "en"]


@dataclass(frozen=True, kw_only=True)
class Fake(Step):
    """Made-up values, drawn by the key, in ranges that are assigned to nobody.

    Args:
        locale: `zh_CN` or `en`, of names, addresses and organisations; `auto`: by each value.
        keep: What stays true: of resident_id `province`, `birth`, `birth_year`, `sex`; of address
            `province`, `city`.
        domain: Columns of one domain get the same fakes; "": the kind's name, so that all columns
            and texts of the data set agree.
    """

    locale: Locale = "auto"
    keep: tuple[str, ...] = ()
    domain: str = ""

    name: ClassVar[str] = "fake"
    types: ClassVar[tuple[ColumnType, ...]] = ("integer", "string")

    def __post_init__(self) -> None:
        """Check the options.

        Raises:
            ConfigError: There are no fakes of this kind ("policy.kind"), or an option is out of
                range ("policy.option").
        """
        if self.kind not in FAKERS:
            raise ConfigError(
                f"there are no fakes of the kind {self.kind!r}"
                if self.kind
                else "fake needs a kind",
                allowed="kinds: " + ", ".join(FAKERS),
                do="name one, or use token, encrypt or redact",
                code="policy.kind",
            )
        if self.locale not in get_args(Locale):
            raise refuse_option("fake", "locale", ", ".join(get_args(Locale)))
        keeps = FAKERS[self.kind].keeps
        if set(self.keep) - set(keeps):
            raise refuse_option("fake", "keep", f"of {self.kind}: {', '.join(keeps) or 'nothing'}")

    @property
    def keyed(self) -> bool:
        """Always."""
        return True

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        kept = f"; {', '.join(self.keep)} stay true" if self.keep else ""
        return (
            "Equal values have equal fakes, so how often each occurs shows, and whoever holds the "
            f"key can test guesses{kept}."
        )

    @property
    def note(self) -> str:
        """Where fakes lie, and how many there are."""
        fakes = FAKERS[self.kind]
        if self.kind == "credit_code":
            return f"{fakes.range}; distinct codes stay distinct"
        return f"{fakes.range}; one of {fakes.size:.2g}, so distinct values may share a fake"

    def collision(self, n_values: int) -> float:
        """How many of n distinct values are expected to share a fake with another, 0..n."""
        size = FAKERS[self.kind].size
        return float(n_values * -pow(1 - 1 / size, n_values - 1) + n_values)

    def output(self, column: Column) -> Column:
        """A column of text."""
        return text_column(column)

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The fakes."""
        # Asking for the secret tells a missing key in the words of this step.
        context.secret(self.name, self.domain)
        assert context.key is not None
        faker = Faker(context.key, self.domain, Wish(self.locale, self.keep))
        made = by_distinct(as_text(values), lambda texts: faker.many(self.kind, texts))
        return made.cast(pl.String)

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """All values of the kind: without the key no guess can be tested."""
        return None if self.keep else space(self.kind)
