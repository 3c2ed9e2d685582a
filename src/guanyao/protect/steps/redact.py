"""Puts one constant in the place of every value."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import polars as pl

from guanyao.data.schema import Column
from guanyao.protect.candidates import space
from guanyao.protect.kinds import KINDS
from guanyao.protect.step import Context, Step, refuse_option, text_column

Language: TypeAlias = Literal["zh", "en"]
PLAIN: dict[str, str] = {"zh": "[已隐去]", "en": "[REDACTED]"}


@dataclass(frozen=True, kw_only=True)
class Redact(Step):
    """Every value becomes the same text; missing ones stay missing.

    Args:
        text: What is put in place; "": the tag of the kind, such as [手机号] or [PHONE].
        language: `zh` or `en`, of the tag.
    """

    text: str = ""
    language: Language = "zh"

    name: ClassVar[str] = "redact"

    def __post_init__(self) -> None:
        """Check the options."""
        if self.language not in get_args(Language):
            raise refuse_option("redact", "language", ", ".join(get_args(Language)))

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return "Whether a value was there still shows, and other columns may tell what it was."

    def output(self, column: Column) -> Column:
        """A column of text."""
        return text_column(column)

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The constant, wherever there was a value."""
        constant = pl.Series(values.name, [self._constant()]).extend_constant(None, 1)
        return constant.gather(values.is_null().cast(pl.UInt32))

    def _constant(self) -> str:
        if self.text or self.kind not in KINDS:
            return self.text or PLAIN[self.language]
        kind = KINDS[self.kind]
        return kind.tag_zh if self.language == "zh" else kind.tag

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """All values of the kind."""
        return space(self.kind)
