"""One place in a text where personal data stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of a text that looks like personal data of one kind.

    Args:
        kind: A name in `guanyao.protect.RECOGNISERS`.
        start: Offset of its first character in the text as given.
        end: One past the offset of its last character.
        score: How sure the recogniser is, in (0, 1]; a right check digit gives 0.95 and more.
    """

    kind: str
    start: int
    end: int
    score: float
