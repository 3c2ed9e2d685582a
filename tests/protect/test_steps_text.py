"""Text masked in place: what was found goes, all else stays."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column
from guanyao.errors import ConfigError, UnknownNameError
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.scan import find_text
from guanyao.protect.step import Context
from guanyao.protect.steps.fake import Fake
from guanyao.protect.steps.text import Text
from guanyao.protect.steps.token import token_of

KEY = MaskKey("customers", bytes(range(32)))
CONTEXT = Context(column=Column(name="note", type="string"), key=KEY)
PHONE, OTHER = "15412345678", "16087654321"


def masked(text: str | None, **options: object) -> str | None:
    made: str | None = Text(**options).apply(pl.Series("note", [text]), CONTEXT)[0]  # type: ignore[arg-type]
    return made


def test_tags_by_the_language_of_the_text() -> None:
    assert masked(f"请打手机{PHONE},谢谢") == "请打手机[手机号],谢谢"
    assert masked(f"call mobile {PHONE} now") == "call mobile [PHONE] now"
    assert masked(f"请打手机{PHONE}", language="en") == "请打手机[PHONE]"
    assert masked(f"mobile {PHONE}", language="zh") == "mobile [手机号]"


def test_numbered_tags_tell_values_of_one_text_apart() -> None:
    text = f"手机{PHONE},再说一遍{PHONE},或{OTHER}"
    assert masked(text, style="number") == "手机[手机号1],再说一遍[手机号1],或[手机号2]"


def test_token_tags_tell_values_of_the_data_set_apart() -> None:
    token = token_of(KEY.derive("token", "mobile_phone"), PHONE, 12)
    assert masked(f"手机{PHONE}", style="token") == f"手机[手机号:{token}]"


def test_fakes_in_text_are_those_of_columns() -> None:
    column = Fake(kind="mobile_phone").apply(pl.Series("phone", [PHONE]), CONTEXT)[0]
    assert masked(f"手机{PHONE}。", style="fake") == f"手机{column}。"


def test_only_the_kinds_that_are_asked_for() -> None:
    text = f"手机{PHONE},邮箱lin@example.com"
    assert masked(text, kinds=("email",)) == f"手机{PHONE},邮箱[邮箱]"
    with pytest.raises(UnknownNameError):
        Text(kinds=("telepathy",))


def test_nothing_found_changes_nothing() -> None:
    assert masked("今天天气很好") == "今天天气很好"
    assert masked("") == ""
    assert masked(None) is None


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["好的", PHONE, OTHER, ",", "手机", "call ", "\n", "。"]), max_size=12)
)
def test_no_phone_that_is_found_is_left(parts: list[str]) -> None:
    text = ",".join(parts)
    found = [f for f in find_text(text) if f.kind == "mobile_phone"]
    left = masked(text)
    assert left is not None
    assert all(text[f.start : f.end] not in left for f in found)


def test_the_key_is_needed_only_to_tell_values_apart() -> None:
    keyless = Context(column=CONTEXT.column)
    values = pl.Series("note", [f"手机{PHONE}"])
    assert [Text(style=s).keyed for s in ("tag", "number", "token", "fake")] == [  # type: ignore[arg-type]
        False,
        False,
        True,
        True,
    ]
    assert Text().apply(values, keyless)[0] == "手机[手机号]"
    for style in ("token", "fake"):
        with pytest.raises(ConfigError) as caught:
            Text(style=style).apply(values, keyless)  # type: ignore[arg-type]
        assert caught.value.code == "key.missing"
