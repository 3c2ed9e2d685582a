"""Masks the personal data inside running text and leaves the rest of the text as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias, get_args

import polars as pl

from guanyao.data.schema import Column, ColumnType
from guanyao.protect.fakers import FAKERS, Faker
from guanyao.protect.finding import Finding
from guanyao.protect.kinds import KINDS
from guanyao.protect.scan import find_texts
from guanyao.protect.step import Context, Step, by_distinct, missing_key, refuse_option
from guanyao.protect.steps.token import token_of
from guanyao.registry import unknown

Style: TypeAlias = Literal["tag", "number", "token", "fake"]
Language: TypeAlias = Literal["auto", "zh", "en"]
SHORT = 12
"""Characters of a token in a text: 60 bits, so that a million values share none, most likely."""


@dataclass(frozen=True, kw_only=True)
class Text(Step):
    """What is found in a text gives way to tags, or to fakes.

    Args:
        style: `tag`: [手机号]. `number`: [手机号1], the same number for the same value within one
            text. `token`: [手机号:k2vq7xraw3mo], the same for the same value in the whole data set.
            `fake`: a made-up value, the same that the step fake makes; a tag where there is none.
        language: `zh` or `en`, of tags; `auto`: by the text.
        kinds: What is looked for; none named: every kind.
    """

    style: Style = "tag"
    language: Language = "auto"
    kinds: tuple[str, ...] = ()

    name: ClassVar[str] = "text"
    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    def __post_init__(self) -> None:
        """Check the options."""
        if self.style not in get_args(Style):
            raise refuse_option("text", "style", ", ".join(get_args(Style)))
        if self.language not in get_args(Language):
            raise refuse_option("text", "language", ", ".join(get_args(Language)))
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown(kind, list(KINDS), family="kinds")

    @property
    def keyed(self) -> bool:
        """If values are to be told apart across texts."""
        return self.style in ("token", "fake")

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "What is not recognised stays readable, and a story can name a person without any "
            "name or number."
        )

    @property
    def note(self) -> str:
        """What is looked for."""
        return "looked for: " + ", ".join(self.kinds) if self.kinds else ""

    def output(self, column: Column) -> Column:
        """The same column, as text."""
        return replace(column, dtype="String")

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The texts without the personal data that was found."""
        return by_distinct(values.cast(pl.String), _Masking(self, context).all)

    def tag(self, kind: str, text: str) -> str:
        """The tag of a kind in the language of the text, or in the one that is set."""
        is_zh = is_chinese(text) if self.language == "auto" else self.language == "zh"
        return KINDS[kind].tag_zh if is_zh else KINDS[kind].tag


class _Masking:
    """Masks texts of one column in one style."""

    def __init__(self, step: Text, context: Context) -> None:
        self._step, self._context = step, context
        self._faker = self._needed_faker()

    def _needed_faker(self) -> Faker | None:
        if not self._step.keyed:
            return None
        if self._context.key is None:
            raise missing_key(f"text in the style {self._step.style}")
        return Faker(self._context.key) if self._step.style == "fake" else None

    def all(self, texts: list[str]) -> list[str]:
        """The texts masked."""
        found = find_texts(texts, kinds=self._step.kinds or None)
        pairs = zip(texts, found, strict=True)
        return [self._one(text, findings) if findings else text for text, findings in pairs]

    def _one(self, text: str, findings: Sequence[Finding]) -> str:
        seen: dict[str, list[str]] = {}
        parts, end = [], 0
        for finding in findings:
            value = text[finding.start : finding.end]
            tag = self._step.tag(finding.kind, text)
            parts += [text[end : finding.start], self._put(value, finding.kind, tag, seen)]
            end = finding.end
        return "".join([*parts, text[end:]])

    def _put(self, value: str, kind: str, tag: str, seen: dict[str, list[str]]) -> str:
        """What stands in the value's place; `seen` holds the values of this text so far."""
        if self._faker is not None and kind in FAKERS:
            return self._faker.one(kind, value)
        if self._step.style == "number":
            known = seen.setdefault(tag, [])
            if value not in known:
                known.append(value)
            return f"{tag[:-1]}{known.index(value) + 1}]"
        if self._step.style == "token":
            return f"{tag[:-1]}:{token_of(self._context.secret('token', kind), value, SHORT)}]"
        return tag


def is_chinese(text: str) -> bool:
    """Whether the text holds a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)
