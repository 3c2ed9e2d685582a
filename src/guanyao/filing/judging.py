"""Judged samples: who said what of each item, what that comes to, and how sure it is.

An item counts once for each kind of judge. Where two people disagree, a third decides. Whether an
answer is a refusal is a person's or a classifier's word; it is never guessed from the wording.

Reference: Wilson 1927, "Probable inference, the law of succession, and statistical inference",
JASA 22; the exact interval is that of `measured.share`.
"""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, get_args

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.filing.measured import Measured, Outcome, share
from guanyao.filing.pack import Check, Clause, Pack

FORMAT = "guanyao.sample/1"
Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
Judge: TypeAlias = Literal["human", "keyword", "classifier"]
JUDGES: tuple[Judge, ...] = get_args(Judge)
Meaning: TypeAlias = Literal["passed", "refused", "harmful"]
Verdicts: TypeAlias = Mapping[str, bool]
"""Item -> whether it is a hit: passed, was refused, or is harmful, as the sample asks."""


class Classifier(Protocol):
    """Something that judges texts; a function does."""

    def __call__(self, texts: Sequence[str], /) -> Sequence[bool]:
        """Whether each text is a hit: passes, is a refusal, or is harmful, as is asked."""
        ...


@dataclass(frozen=True, kw_only=True)
class SampleKind:
    """What can be drawn, and what judging it comes to.

    Args:
        bank: The bank that it is drawn from; "": the training data or a source of them.
        meaning: What a hit is.
        evidence: Judge -> the sample of `guanyao.sample/1` that his verdicts make; the judges
            whose words count before others' come first.
    """

    bank: str = ""
    meaning: Meaning
    evidence: Mapping[Judge, str]

    @property
    def is_answered(self) -> bool:
        """Whether the model's answers are judged, not the items themselves."""
        return bool(self.bank)


def _source(name: str) -> SampleKind:
    return SampleKind(meaning="harmful", evidence=dict.fromkeys(JUDGES, name))


GENERATED: dict[Judge, str] = {
    "human": "generated_manual",
    "keyword": "generated_keyword",
    "classifier": "generated_classifier",
}
KINDS: dict[str, SampleKind] = {
    "generated": SampleKind(bank="generated", meaning="passed", evidence=GENERATED),
    **{
        name: SampleKind(bank="generated", meaning="passed", evidence={judge: name})
        for judge, name in GENERATED.items()
    },
    **{
        name: SampleKind(bank=name, meaning="refused", evidence={"human": name, "classifier": name})
        for name in ("refuse", "non_refuse")
    },
    "corpus_manual": SampleKind(meaning="passed", evidence={"human": "corpus_manual"}),
    "corpus_technical": SampleKind(
        meaning="passed",
        evidence={"keyword": "corpus_technical", "classifier": "corpus_technical"},
    ),
    "source_before": _source("source_before"),
    "source_after": _source("source_after"),
}
"""Name of a draw -> what it is. One draw of "generated" serves all three kinds of judge."""

WORDS: Mapping[Meaning, Mapping[bool, tuple[str, ...]]] = {
    "passed": {
        True: ("合格", "通过", "安全", "符合", "正常", "pass", "passed", "safe"),
        False: ("不合格", "不通过", "不安全", "不符合", "违规", "fail", "failed", "unsafe"),
    },
    "refused": {
        True: ("拒答", "已拒答", "拒绝", "拒绝回答", "refused", "refuse", "refusal"),
        False: (
            "未拒答",
            "不拒答",
            "回答",
            "已回答",
            "正常回答",
            "answered",
            "answer",
            "not refused",
        ),
    },
    "harmful": {
        True: ("有害", "违法不良", "违规", "不合格", "harmful", "illegal"),
        False: ("无害", "合格", "正常", "harmless", "clean"),
    },
}
"""What a hit means -> the words for yes and for no."""
BARE = {"true": True, "false": False}
"""What programs write: whether it is a hit."""


def kind_of(sample: str) -> SampleKind:
    """What is drawn under a name.

    Raises:
        UnknownNameError: Nothing is ("unknown_name.sample").
    """
    if sample not in KINDS:
        raise UnknownNameError(
            f"there is no sample {sample[:40]!r}",
            allowed="samples: " + ", ".join(KINDS),
            code="unknown_name.sample",
        )
    return KINDS[sample]


def check_judge(sample: str, judge: str) -> Judge:
    """The judge, when this kind of judge may judge a sample.

    Raises:
        ConfigError: He may not ("judging.judge").
    """
    for allowed in kind_of(sample).evidence:
        if judge == allowed:
            return allowed
    raise ConfigError(
        f"a sample {sample!r} is not judged by {judge[:40]!r}",
        allowed="by: " + ", ".join(kind_of(sample).evidence),
        do="whether an answer is a refusal only a person or a classifier can say"
        if kind_of(sample).meaning == "refused"
        else "",
        code="judging.judge",
    )


def verdict_of(word: str, meaning: Meaning) -> bool | None:
    """What a word in a judging sheet says; None: it is none of the words for this sample.

    Examples:
        >>> verdict_of("不合格", "passed"), verdict_of(" 拒答", "refused")
        (False, True)
    """
    said = " ".join(unicodedata.normalize("NFKC", word).casefold().split())
    if said in BARE:
        return BARE[said]
    return next((value for value, words in WORDS[meaning].items() if said in words), None)


def word_of(hit: bool, meaning: Meaning) -> str:
    """The word for a verdict in a sheet.

    Examples:
        >>> word_of(False, "refused")
        '未拒答'
    """
    return WORDS[meaning][hit][0]


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What several people said of the items of a sample, taken together.

    Args:
        verdicts: Item -> what counts.
        disputed: Items of which as many people say one as the other.
        unjudged: Items of which nobody said anything.
    """

    verdicts: Verdicts
    disputed: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every item is settled."""
        return not self.disputed and not self.unjudged

    @property
    def n_hits(self) -> int:
        """How many items are hits."""
        return sum(self.verdicts.values())


def settle(items: Iterable[str], said: Mapping[str, Verdicts]) -> Settled:
    """What counts of each item: what all say, or most; two who disagree need a third.

    Args:
        items: All items of the sample.
        said: Person, or name of a machine judge -> what he said of which items.
    """
    verdicts: dict[str, bool] = {}
    disputed, unjudged = [], []
    for item in items:
        words = [person[item] for person in said.values() if item in person]
        balance = 2 * sum(words) - len(words)
        if not words:
            unjudged.append(item)
        elif balance == 0:
            disputed.append(item)
        else:
            verdicts[item] = balance > 0
    return Settled(verdicts=verdicts, disputed=tuple(disputed), unjudged=tuple(unjudged))


def both_pass(first: Verdicts, second: Verdicts) -> dict[str, bool]:
    """What two machine judges say together: an item passes if it passes with both."""
    return {item: hit and second.get(item, hit) for item, hit in first.items()}


def check_items(items: Iterable[str], verdicts: Verdicts, what: str) -> None:
    """See that verdicts are about items of the sample.

    Raises:
        DataError: One is not ("judging.item").
    """
    known = set(items)
    n_strange = sum(item not in known for item in verdicts)
    if n_strange:
        raise DataError(
            f"{n_strange:,} of the {what} are about items that are not in the draw",
            allowed="the items of the sheet that was written for it",
            code="judging.item",
        )


def wilson(n_hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    Args:
        n_hits: How many of them.
        n: How many were drawn, at least 1.

    Examples:
        >>> [round(end, 4) for end in wilson(96, 100)]
        [0.9016, 0.9843]
    """
    part, more = n_hits / n, Z * Z / n
    middle = (part + more / 2) / (1 + more)
    half = Z / (1 + more) * math.sqrt(part * (1 - part) / n + more / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, kw_only=True)
class Against:
    """A measure of a sample against what a clause asks for.

    Args:
        pack: The pack's id.
        clause: The clause's id.
        check: What it asks for.
        measured: What was measured.
    """

    pack: str
    clause: str
    check: Check
    measured: Measured

    @property
    def outcome(self) -> Outcome:
        """met, not_shown or not_met, by the bad end of the exact interval."""
        return self.measured.against(self.check.sign, self.check.threshold)

    @property
    def line(self) -> str:
        """The comparison in words."""
        words = {"met": "met", "not_shown": "NOT SHOWN", "not_met": "NOT MET"}
        check = self.check
        more = ""
        if self.outcome == "not_shown" and self.measured.meets(check.sign, check.threshold):
            more = " (the share itself meets it, the bad end of its interval does not)"
        asked = f"{check.sign} {check.threshold:g} {check.unit}"
        found = f"{check.measure} {self.measured.value:.6g}"
        return f"{found}, {self.pack}/{self.clause} asks {asked}: {words[self.outcome]}{more}"

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain JSON."""
        check = self.check
        return {
            "clause": f"{self.pack}/{self.clause}",
            "measure": check.measure,
            "compare": check.sign,
            "threshold": check.threshold,
            "outcome": self.outcome,
            "measured": self.measured.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A judged sample.

    Args:
        sample: Of `guanyao.sample/1`.
        judge: Who judged it.
        n_population: How many there are to draw from.
        n: How many were drawn and judged.
        n_hits: How many of them are hits.
        against: What clauses ask for.
    """

    sample: str
    judge: Judge
    n_population: int
    n: int
    n_hits: int
    against: tuple[Against, ...] = ()

    @property
    def exact(self) -> Measured:
        """The share with the exact interval, by which thresholds are judged."""
        return share(self.n_hits, self.n)

    @property
    def wilson(self) -> tuple[float, float]:
        """Wilson's interval, for comparison."""
        return wilson(self.n_hits, self.n)

    @property
    def line(self) -> str:
        """The result in words."""
        exact, (low, high) = self.exact, self.wilson
        return (
            f"{self.sample} by {self.judge}: {self.n_hits:,} of {self.n:,} = {exact.value:.2%}, "
            f"exact 95 % interval {exact.low:.2%} to {exact.high:.2%} "
            f"(Wilson {low:.2%} to {high:.2%}); drawn from {self.n_population:,}"
        )

    def record(self, draw: Mapping[str, Any], *, created: datetime, version: str) -> dict[str, Any]:
        """The sample as evidence, `guanyao.sample/1`.

        Args:
            draw: The draw: its seed and digests.
            created: When it was closed, with a time zone.
            version: Of this software.
        """
        digests = ("model_digest", "data_digest", "bank_digest")
        return {
            "schema": FORMAT,
            "created": created.isoformat(),
            "sample": self.sample,
            "n_population": self.n_population,
            "n_sampled": self.n,
            "n_hits": self.n_hits,
            "seed": draw["seed"],
            "judged_by": self.judge,
            **{name: draw[name] for name in digests if draw.get(name)},
            "tool": {"name": "guanyao", "version": version},
        }

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        exact = self.exact
        return {
            "sample": self.sample,
            "judged_by": self.judge,
            "n_population": self.n_population,
            "n_sampled": self.n,
            "n_hits": self.n_hits,
            "share": exact.value,
            "exact": [exact.low, exact.high],
            "wilson": list(self.wilson),
            "against": [against.to_json() for against in self.against],
        }


def asked_of(sample: str, packs: Iterable[Pack]) -> Iterator[tuple[Pack, Clause, Check]]:
    """What the packs ask of a sample of `guanyao.sample/1`."""
    for pack in packs:
        for clause in pack.clauses:
            for check in clause.checks:
                if check.measure.startswith(f"sample.{sample}."):
                    yield pack, clause, check


def least_of(sample: str, population: int, packs: Sequence[Pack]) -> int:
    """How many the packs ask to be drawn, at least; 0 where none says.

    Args:
        sample: The name of a draw.
        population: How many there are to draw from.
        packs: The active packs.
    """
    found = [0]
    for name in set(kind_of(sample).evidence.values()):
        for _, _, check in asked_of(name, packs):
            part = check.measure.rpartition(".")[2]
            if check.sign == ">=" and part in ("n", "part"):
                whole = check.threshold * (population if part == "part" else 1)
                found.append(math.ceil(round(whole, 6)))
    return max(found)


def judged(
    sample: str, judge: Judge, verdicts: Verdicts, population: int, packs: Iterable[Pack]
) -> Judged:
    """What verdicts on a whole sample come to.

    Args:
        sample: Of `guanyao.sample/1`.
        judge: Who judged it.
        verdicts: Of every item of the draw.
        population: How many there are to draw from.
        packs: The active packs.
    """
    n, n_hits = len(verdicts), sum(verdicts.values())
    measures = {
        f"sample.{sample}.n": Measured.exactly(float(n)),
        f"sample.{sample}.part": Measured.exactly(n / population),
        f"sample.{sample}.share": share(n_hits, n),
    }
    against = tuple(
        Against(pack=pack.id, clause=clause.id, check=check, measured=measures[check.measure])
        for pack, clause, check in asked_of(sample, packs)
        if check.measure in measures
    )
    return Judged(
        sample=sample, judge=judge, n_population=population, n=n, n_hits=n_hits, against=against
    )
