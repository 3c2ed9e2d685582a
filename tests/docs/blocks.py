"""Finds the code blocks of a Markdown page and runs them as a reader would."""

import contextlib
import csv
import io
import os
import random
import re
import shlex
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from guanyao.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
COLUMNS = [
    *("patient", "sex", "age", "ward", "admitted", "discharged"),
    *("pressure", "smoker", "cost", "outcome"),
]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The language and text of every fenced block, in order."""
    return [(m[1], m[2]) for m in FENCE.finditer(page.read_text(encoding="utf-8"))]


def run_page(page: Path) -> int:
    """Run the page's python and console blocks in order, in one namespace; how many were run."""
    namespace: dict[str, Any] = {"__name__": page.stem}
    n_run = 0
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, str(page), "exec"), namespace)  # noqa: S102
        elif language == "console":
            for command in commands(text):
                assert guanyao(command) == 0, command
        n_run += language in ("python", "console")
    return n_run


def commands(text: str) -> Iterator[str]:
    """The `$ guanyao ...` lines of a console block, a line that ends in a backslash joined on."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ guanyao"):
            yield line.removeprefix("$ ")


def guanyao(command: str) -> int:
    """Run one command in this process, `> FILE` at its end as a shell does; its exit status."""
    words = shlex.split(command, comments=True)[1:]
    words, out = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, "")
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            status = int(main(words) or 0)
        except SystemExit as stop:
            status = int(stop.code or 0)
    if out:
        Path(out).write_text(said.getvalue(), encoding="utf-8")
    return status


def write_patients(path: Path, n_rows: int = 800) -> None:
    """A made-up table that the pages use: nobody in it exists."""
    rng = random.Random(7)  # noqa: S311
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(patient(rng, row) for row in range(n_rows))


def patient(rng: random.Random, row: int) -> list[object]:
    """One stay in hospital; some patients come twice."""
    age = min(95, max(18, round(rng.gauss(55, 18))))
    smoker = rng.random() < 0.3
    days = rng.randint(0, 4 + age // 10)
    admitted = date(2025, 1, 1) + timedelta(days=rng.randrange(365))
    pressure = "" if rng.random() < 0.1 else round(100 + age * 0.5 + 8 * smoker + rng.gauss(0, 9))
    ill = rng.random() < 0.1 + 0.3 * smoker + 0.004 * age
    return [
        f"P{100000 + row * 3 // 4}", rng.choice("FM"), age, rng.choice(["east", "west", "north"]),
        admitted, admitted + timedelta(days=days), pressure, str(smoker).upper(),
        f"{300 + 450 * days + rng.random() * 100:.2f}", "ill" if ill else "well",
    ]  # fmt: skip


def write_digits(path: Path, n_images: int = 400) -> None:
    """Handwritten digits that scikit-learn ships, as the pages use them."""
    found = load_digits()
    pixels = (found.images[:n_images] * 255 / 16).astype(np.uint8)
    np.savez_compressed(path, images=pixels, labels=found.target[:n_images])


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Be in the folder for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
