"""Writes the drawings of docs/filing-workflow.md from the profiles themselves: `make docs`."""

import re
from pathlib import Path

from guanyao.flows.filing.profiles import diagram

PAGE = Path(__file__).parents[2] / "docs" / "filing-workflow.md"
SECTION = re.compile(r"(<!-- profile: ([\w-]+) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def section(found: re.Match[str]) -> str:
    """A section written anew."""
    text = diagram(found[2], found[3])
    fenced = f"```mermaid\n{text}```\n" if found[3] == "mermaid" else text
    return f"{found[1]}\n{fenced}\n{found[4]}"


def page(text: str) -> str:
    """The page's text with every drawing made anew."""
    return SECTION.sub(section, text)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
