"""Postal and street addresses, Chinese and English."""

from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span
from guanyao.protect.recognisers import chinese_address, english_address


@dataclass(frozen=True)
class Address:
    """Finds addresses."""

    kind: str = "address"
    label: str = "地址:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Chinese addresses from the large to the small, English ones the other way round."""
        if not text.text.isascii():
            yield from chinese_address.find_addresses(text.text)
        if text.has_digits:
            yield from english_address.find_addresses(text.text)


ADDRESS = Address()
