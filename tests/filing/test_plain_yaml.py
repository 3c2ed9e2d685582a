"""Plain YAML: nothing in it grows, runs, or is of a kind that nobody asked for."""

import pytest

from guanyao.errors import ConfigError
from guanyao.filing.plain_yaml import parse


@pytest.mark.parametrize(
    "text",
    [
        *("a: &x [1]\nb: *x", "a: !!python/object/apply:os.system ['id']", "a: 1\na: 2"),
        *("a: .nan", "a: .inf", "<<: {a: 1}"),
        *("[" * 20_000, "{" * 20_000, "- " * 3_000, "a: " + "9" * 5_000, '{"a": 1e999}'),
    ],
)
def test_what_is_not_plain_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, name="a.yaml", what="pack", code="pack.yaml")
    assert caught.value.code == "pack.yaml"
    assert len(str(caught.value)) < 500


def test_numbers_of_an_ordinary_size_are_kept() -> None:
    found = parse("a: 0xff\nb: -3\nc: 2.5", name="a.yaml", what="pack", code="pack.yaml")
    assert found == {"a": 255, "b": -3, "c": 2.5}
