"""Social security numbers of the United States."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_labelled, is_named, is_thing, label_of, words

NUMBER = re.compile(r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
"""Reference: US Social Security Administration, number randomization rules of 2011."""
ADVERTISED = frozenset({"078051120", "219099999", "123456789", "111111111"})
NAMED = words("社会保障|社会安全|社安", "ssn|social security|ss#|itin|tax id|ss no")
LABEL = label_of("社会保障号|社会安全号|社安号", "ssn|social security|ss#")
SIZES = (3, 2, 4)


@dataclass(frozen=True)
class UsSsn:
    """Finds social security numbers, written 3-2-4, or behind a label."""

    kind: str = "us_ssn"
    needs: str = "digits"
    label: str = "SSN: "

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers that were or may be issued."""
        for code in text.codes(9):
            is_number = NUMBER.fullmatch(code.text) and code.text not in ADVERTISED
            if is_number and (score := self._score(text.text, code)):
                yield code.start, code.end, score

    def _score(self, text: str, code: Code) -> float:
        if code.sizes == SIZES and is_named(text, code.start, code.end, NAMED):
            return 0.95
        if is_labelled(text, code.start, LABEL):
            return 0.9
        is_dashed = code.sizes == SIZES and text[code.start : code.end].count("-") == 2
        return (
            0.7 if is_dashed and code.is_alone and not is_thing(text, code.start, code.end) else 0.0
        )


US_SSN = UsSsn()
