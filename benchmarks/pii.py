"""How much personal data is found, how much is found that is none, and how fast.

    python benchmarks/pii.py
    python benchmarks/pii.py --samples 500 --only text,speed

| part | what |
|---|---|
| text | labelled texts of six registers, Chinese and English, clean and with three kinds of noise |
| by_hand | texts of other styles, written and labelled by hand |
| columns | whole cells of one kind, nothing around them |
| planted | real sentences with personal data put into them |
| untouched | the same real sentences as they are: what is found is a false alarm, or really there |
| speed | MB of UTF-8 per second of one core |
| table | CPU seconds to look through 1,000,000 rows of 20 columns (`--columns`: this alone) |

A label counts as found if findings of its kind cover all of it; a finding that touches no label
counts as false. Tokens are the words that the dictionary cuts the text into. The real sentences are
read from the catalogue's folder; where it is missing, their parts are left out.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import page
import pii_corpus as corpus
import pii_table
import rjieba

from guanyao.protect import find_texts
from guanyao.protect.finding import Finding
from guanyao.protect.recogniser import LEAST_SCORE
from guanyao.protect.scan import is_kind

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
HEAD = (
    "| part | what | n | found | bar | right | false / 1,000 tokens | bar | |"
    "\n|---|---|---|---|---|---|---|---|---|"
)
SPEED_HEAD = "| speed | MB/s | bar | findings / KB | |\n|---|---|---|---|---|"
LEAST_RECALL = {"checked": 0.995, "person_name": 0.95, "address": 0.95}
MOST_FALSE = {"checked": 1.0, "other": 1.0, "person_name": 1.0, "address": 1.0}
LEAST_SPEED = 5.0
SAMPLES, TABLE_ROWS = 1_500, 1_000_000
REALLY_THERE = {("crosswoz_dialogues", "address"), ("crosswoz_dialogues", "other")}
"""What those who know the texts expect to be found: the dialogues tell addresses and numbers."""
LANGUAGE_OF = {"cn_medical_qa": "zh", "crosswoz_dialogues": "zh", "en_fine_food_reviews": "en"}
GROUPS = ("checked", "other", *corpus.NAMED, "organisation")


@dataclass(frozen=True)
class Row:
    """How much of one group of kinds was found in one set of texts.

    Args:
        part: The part of the benchmark.
        what: Language, noise or place.
        group: "checked" for kinds with a check digit, "other", or the kind.
        n_labels: Labels of the group.
        recall: Share of them that was found, in [0, 1].
        precision: Share of the findings of the group that touch a label, in [0, 1].
        false_rate: Findings that touch no label, per 1,000 tokens.
    """

    part: str
    what: str
    group: str
    n_labels: int
    recall: float
    precision: float
    false_rate: float

    def __str__(self) -> str:
        """A row of the Markdown table."""
        least = LEAST_RECALL.get(self.group) if self.n_labels else None
        most = MOST_FALSE.get(self.group)
        if (self.what, self.group) in REALLY_THERE:
            most = None
        found = (
            f"{self.recall:.4f} | {_bar(least)} | {self.precision:.3f}" if self.n_labels else "| |"
        )
        is_low = least is not None and self.recall < least
        is_wrong = most is not None and self.false_rate > most
        word = "**missed**" if is_low or is_wrong else "passed" if least or most else ""
        return (
            f"| {self.part} | {self.what}: {self.group} | {self.n_labels:,} | {found} "
            f"| {self.false_rate:.3f} | {_bar(most)} | {word} |"
        )


def _bar(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


@dataclass(frozen=True)
class Speed:
    """How fast texts are read.

    Args:
        what: Which texts.
        mb_per_s: Megabytes of UTF-8 in a second of one core.
        findings_per_kb: How many findings there are in a kilobyte; each takes time.
        is_free: Whether they are free text, which the bar is about, and not lists of data.
    """

    what: str
    mb_per_s: float
    findings_per_kb: float
    is_free: bool

    def __str__(self) -> str:
        """A row of the Markdown table."""
        bar = LEAST_SPEED if self.is_free else None
        word = "" if bar is None else "passed" if self.mb_per_s >= bar else "**missed**"
        found = f"{self.findings_per_kb:.2f}"
        return f"| {self.what} | {self.mb_per_s:.1f} | {_bar(bar)} | {found} | {word} |"


def group_of(kind: str) -> str:
    """The group of kinds that a kind is counted in."""
    if kind in corpus.CHECKED:
        return "checked"
    return kind if kind in GROUPS else "other"


def score(part: str, what: str, samples: Sequence[corpus.Sample]) -> list[Row]:
    """One row a group of kinds."""
    labels: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for sample, findings in zip(samples, find_texts([s.text for s in samples]), strict=True):
        for label in sample.labels:
            labels[group_of(label.kind)] += 1
            found[group_of(label.kind)] += covers(findings, label)
        for finding in findings:
            touches = any(s.start < finding.end and s.end > finding.start for s in sample.labels)
            (right if touches else false)[group_of(finding.kind)] += 1
    n_tokens = count_tokens(sample.text for sample in samples)
    return [
        Row(
            part,
            what,
            group,
            labels[group],
            found[group] / labels[group] if labels[group] else 0.0,
            right[group] / max(right[group] + false[group], 1),
            1000 * false[group] / max(n_tokens, 1),
        )
        for group in GROUPS
        if labels[group] or not any(labels.values())
    ]


def covers(findings: Iterable[Finding], label: corpus.Label) -> bool:
    """Whether findings of the label's kind cover all of it."""
    spans = ((f.start, f.end) for f in findings if f.kind == label.kind)
    inside = sum(max(0, min(end, label.end) - max(start, label.start)) for start, end in spans)
    return inside >= label.end - label.start


def count_tokens(texts: Iterable[str]) -> int:
    """Words of the texts, blanks not counted."""
    return sum(1 for text in texts for word in rjieba.cut(text) if not word.isspace())


def text(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Row]:
    """Labelled texts, clean and noised."""
    rows = []
    for language in corpus.LANGUAGES:
        for noise in corpus.NOISES:
            samples = corpus.make_text(n_samples, language=language, noise=noise, seed=seed)
            rows += score("text", f"{language} {noise}", samples)
    return rows


def by_hand(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Row]:
    """Texts that were written and labelled by hand."""
    return [
        row for lang in corpus.LANGUAGES for row in score("by_hand", lang, corpus.by_hand(lang))
    ]


def columns(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Row]:
    """Whole cells of the kinds that the bars are about; false are cells of another kind."""
    rows = []
    for language in corpus.LANGUAGES:
        for kind in (*corpus.CHECKED, *corpus.NAMED):
            others = [k for k in corpus.MAKERS[language] if group_of(k) != group_of(kind)]
            rest = [
                cell for k in others for cell in _cells(k, language, "clean", n_samples // 20, seed)
            ]
            false = sum(is_kind(kind, cell) >= LEAST_SCORE for cell in rest)
            for noise in corpus.NOISES:
                cells = _cells(kind, language, noise, n_samples, seed)
                right = sum(is_kind(kind, cell) >= LEAST_SCORE for cell in cells)
                rows.append(
                    Row(
                        "columns",
                        f"{language} {noise} {kind}",
                        group_of(kind),
                        len(cells),
                        right / len(cells),
                        right / max(right + false, 1),
                        1000 * false / max(count_tokens(rest), 1),
                    )
                )
    return rows


def _cells(kind: str, language: str, noise: str, n_cells: int, seed: int) -> list[str]:
    return corpus.make_column(kind, n_cells, language=language, noise=noise, seed=seed)


def planted(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Row]:
    """Real sentences with personal data in them; false alarms are told under "untouched"."""
    rows = []
    for language in corpus.LANGUAGES:
        texts = [t for name in real if LANGUAGE_OF[name] == language for t in real[name]]
        if texts:
            samples = corpus.plant(texts, n_samples, language=language, seed=seed)
            rows += score("planted", language, samples)
    return rows


def untouched(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Row]:
    """What is found in real sentences as they are."""
    rows = []
    for name, texts in real.items():
        chosen = texts[: 10 * n_samples]
        samples = [corpus.Sample(text, (), LANGUAGE_OF[name], name, "clean") for text in chosen]
        rows += score("untouched", name, samples)
    return rows


def speed(real: dict[str, list[str]], n_samples: int, seed: int) -> list[Speed]:
    """How fast the scanner reads; the bar is about free text, not about lists of data."""
    speeds = [_speed(name, texts, is_free=True) for name, texts in real.items()]
    for language in corpus.LANGUAGES:
        made = corpus.make_text(2 * n_samples, language=language, seed=seed)
        speeds.append(_speed(f"generated {language}", [s.text for s in made], is_free=False))
    return speeds


def _speed(what: str, texts: list[str], *, is_free: bool) -> Speed:
    """The speed on the first three megabytes, in CPU time, the fastest of three."""
    chosen, size = [], 0
    for one in texts:
        chosen.append(one)
        size += len(one.encode())
        if size > 3_000_000:
            break
    seconds = []
    for _ in range(3):
        began = time.process_time()
        n_findings = sum(map(len, find_texts(chosen)))
        seconds.append(time.process_time() - began)
    return Speed(what, size / 1e6 / min(seconds), 1e3 * n_findings / size, is_free)


def table(real: dict[str, list[str]], n_samples: int, seed: int) -> list[pii_table.Found]:
    """How long it takes to look through a wide table: a million rows at 1,500 samples."""
    return pii_table.find(n_samples * TABLE_ROWS // SAMPLES, seed)


Line: TypeAlias = Row | Speed | pii_table.Found
HEADS = {"speed": SPEED_HEAD, "table": pii_table.HEAD}
PARTS: dict[str, Callable[[dict[str, list[str]], int, int], Sequence[Line]]] = {
    "text": text,
    "by_hand": by_hand,
    "columns": columns,
    "planted": planted,
    "untouched": untouched,
    "speed": speed,
    "table": table,
}


def main() -> None:
    """Run the parts that were asked for, print Markdown, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated parts")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="texts or cells of each set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=SHARED, help="the catalogue's folder")
    parser.add_argument("--out", type=Path, default=Path("out") / "benchmarks")
    parser.add_argument("--page", type=Path, help="a page whose figures are replaced as well")
    parser.add_argument("--columns", action="store_true", help="the wide table alone")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    real = corpus.real_text(args.data / "text")
    record: dict[str, list[dict[str, object]]] = {}
    for part in ("table",) if args.columns else args.only.split(","):
        rows = PARTS[part](real, args.samples, args.seed)
        figures = "\n".join([HEADS.get(part, HEAD), *map(str, rows)])
        print(figures, flush=True)
        if args.page:
            page.replace_part(args.page, f"pii-{part}", figures)
        record[part] = [asdict(row) for row in rows]
    (args.out / "pii.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
