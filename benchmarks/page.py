"""Puts fresh figures into a documentation page, between two marks."""

from pathlib import Path


def replace_part(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`.

    Raises:
        ValueError: The page has no such marks.
    """
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, mark, rest = page.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not (mark and end):
        raise ValueError(f"{page} has no part {first} ... {last}")
    page.write_text(f"{before}{first}\n{text.strip()}\n{last}{after}", encoding="utf-8")
