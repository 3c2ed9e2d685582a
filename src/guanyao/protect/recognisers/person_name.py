"""Names of persons, Chinese and English."""

from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span
from guanyao.protect.recognisers import chinese_name, english_name


@dataclass(frozen=True)
class PersonName:
    """Finds names of persons."""

    kind: str = "person_name"
    label: str = "姓名:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Chinese names by their characters, English ones by their words."""
        if not text.text.isascii():
            yield from chinese_name.find_names(text.text)
        yield from english_name.find_names(text.text)


PERSON_NAME = PersonName()
