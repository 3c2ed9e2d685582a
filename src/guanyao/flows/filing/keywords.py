"""Looks for the keywords of a library in texts, thousands at once.

Texts and keywords are compared in their normal form: without differences of width, case and blanks.
A keyword in letters or digits of the Latin alphabet counts as a whole word only.

Reference: Aho, Corasick 1975, "Efficient string matching", as polars does it for many at once.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from guanyao.filing.bank import Entry, normal


class Keywords:
    """The keywords of a library.

    Args:
        entries: They.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take every keyword in its normal form."""
        self._kind_of: Mapping[str, str] = {normal(entry.text): entry.kind for entry in entries}
        self._words = pl.Series(list(self._kind_of), dtype=pl.String).implode()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kind_of)

    def found_in(self, texts: Sequence[str]) -> list[frozenset[str]]:
        """The kinds of the keywords that stand in each text; empty where there is none.

        A keyword without a kind has the kind "".
        """
        if not self._kind_of:
            return [frozenset()] * len(texts)
        read = pl.Series([normal(text) for text in texts], dtype=pl.String)
        # Only what holds some keyword is looked at for which, and where.
        some = read.str.contains_any(self._words)
        hits = read.filter(some)
        words = hits.str.extract_many(self._words, overlapping=True)
        starts = hits.str.find_many(self._words, overlapping=True)
        found = iter(
            self._whole(text, *pair)
            for text, *pair in zip(hits, words.to_list(), starts.to_list(), strict=True)
        )
        return [next(found) if is_some else frozenset() for is_some in some]

    def _whole(self, text: str, words: Sequence[str], starts: Sequence[int]) -> frozenset[str]:
        encoded = text.encode("utf-8", "surrogatepass")
        return frozenset(
            self._kind_of[word]
            for word, start in zip(words, starts, strict=True)
            if _stands_alone(encoded, start, start + len(word.encode("utf-8", "surrogatepass")))
        )


def _stands_alone(text: bytes, start: int, end: int) -> bool:
    """Whether what was found is no part of a longer Latin word or number."""
    first, last = text[start : start + 1], text[end - 1 : end]
    return not (
        (_is_word(first) and _is_word(text[start - 1 : start] if start else b""))
        or (_is_word(last) and _is_word(text[end : end + 1]))
    )


def _is_word(byte: bytes) -> bool:
    return byte.isascii() and byte.isalnum()
