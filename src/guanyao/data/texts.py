"""Free text written anew: it reads like the column's text and says nothing that few rows say.

A variable-order Markov chain over characters (ideographs), words (letters) and numbers. A token,
and a token after up to `ORDER` tokens, is kept only when `min_entities` different rows hold it;
where a longer context was not kept, the chain goes on from a shorter one. Numbers are kept as a
count of digits only, and drawn anew digit by digit.

After fitting, every text that fewer rows hold is walked through the chain; where the chain could
write it, one of its transitions is taken out (`_Chain.forget`; rows outside
the sample that is read are not walked). Texts with `FREE_DIGITS` or more
digits need no such cut: their numbers are drawn anew. Texts of up to `SHORT` tokens are left as
they are: two or three common characters make many a name. Where nothing is common, texts are noise:
characters of the column's classes, in its lengths.

Reference: Shannon 1948, "A Mathematical Theory of Communication", section 3 (n-gram text);
Ron, Singer & Tishby 1996, "The Power of Amnesia", Machine Learning 25 (variable order).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.templates import damaged, whole_number
from guanyao.errors import ConfigError, DataError, NotFittedError

Integers: TypeAlias = NDArray[np.int64]

FORMAT = "guanyao.texts/1"
MAX_ROWS = 200_000
MAX_CHARACTERS = 4_000_000
"""Fitting reads a random sample of at most so many rows and characters."""

MAX_TOKENS = 400
"""Longer texts are read, and written, up to here."""

ORDER = 3
SHORT = 4
FREE_DIGITS = 4
N_QUANTILES = 21
MAX_SIZE = 2_000_000

START, END = 0, 1
_TOKEN = re.compile(r"[0-9]{1,18}| ?[^\W\d_\u2e80-\u9fff\uac00-\ud7af]+|.", re.DOTALL)
_IDEOGRAPHS = (
    "一上下不中之也人们以会低使供保信值其分到前力加动区单又可同后周和器国在型城处多大天好如子安定家对小就工平年度开当心性成我所手把文"
    "新方日时明是有本来样水法活流海点物特现理生用由电的目直相看着知社种等系级经结能自色花行要见解计设认路身转过进还这通造道部都里重量"
)
_CLASSES = {
    "0": "0123456789",
    "a": "abcdefghijklmnopqrstuvwxyz",
    "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "中": _IDEOGRAPHS,
    " ": " ",
}


@dataclass(kw_only=True)
class FreshText:
    """Writes texts like those of a column.

    Args:
        tokens_: The kept tokens; empty for start, end (the first two) and numbers.
        numbers_: For each token, how many digits its number has; 0: it is not a number.
        chain_: States and transitions; None: nothing is common, texts are noise.
        lengths_: Quantiles of the number of tokens a text has, ascending, coarsely rounded.
        classes_: Shares of character classes, for noise.
    """

    tokens_: list[str] = field(default_factory=list, init=False, repr=False)
    numbers_: list[int] = field(default_factory=list, init=False, repr=False)
    chain_: "_Chain | None" = field(default=None, init=False, repr=False)
    lengths_: list[int] = field(default_factory=list, init=False)
    classes_: dict[str, float] = field(default_factory=dict, init=False)

    def fit(self, values: pl.Series, *, min_entities: int, rng: np.random.Generator) -> Self:
        """Learn from these texts (from a sample of them, see `MAX_ROWS`, `MAX_CHARACTERS`).

        Args:
            values: Texts, String or Categorical; nulls are left aside.
            min_entities: What fewer rows than this hold is not kept, at least 1.
            rng: Draws the sample.

        Raises:
            ConfigError: `min_entities` is below 1.
            DataError: The values are no text ("data.text_type").
        """
        texts = _sample(_as_text(values, min_entities), rng)
        corpus = _Corpus.read(texts)
        kept = corpus.common_tokens(min_entities)
        self.tokens_ = [corpus.tokens[token] for token in kept]
        self.numbers_ = [_n_digits(token) for token in self.tokens_]
        named = [token in (START, END) or digits > 0 for token, digits in enumerate(self.numbers_)]
        self.tokens_ = ["" if n else t for t, n in zip(self.tokens_, named, strict=True)]
        self.classes_ = _classes(texts, min_entities)
        flat = corpus.renamed(kept)
        self.chain_ = _Chain.learn(flat, corpus.rows, len(kept), min_entities)
        is_noise = self.chain_ is None
        lengths = texts.str.len_chars().to_numpy() if is_noise else corpus.lengths
        self.lengths_ = _quantiles(lengths.astype(np.int64), min_entities)
        if self.chain_ is not None:
            rare = _rare_rows(texts, corpus.lengths, min_entities)
            self.chain_.forget(flat, corpus.starts, rare)
        return self

    def generate(self, n: int, *, rng: np.random.Generator) -> pl.Series:
        """So many texts, dtype String.

        Args:
            n: How many, 0 or more.
            rng: Draws them; the same state gives the same texts.

        Raises:
            NotFittedError: `fit` has not been called.
        """
        if not self.lengths_:
            raise NotFittedError("the texts are not fitted", do="call fit first")
        if self.chain_ is None:
            return self._noise(n, rng)
        places = rng.uniform(0, len(self.lengths_) - 1, n)
        wanted = np.interp(places, np.arange(len(self.lengths_)), self.lengths_)
        written = self.chain_.write(wanted.round().astype(np.int64), self.lengths_[-1], rng)
        texts = [] if written is None else self._join(written, rng)
        good = [number for number, text in enumerate(texts) if text is not None]
        if n and not good:
            return self._noise(n, rng)
        for number in [number for number, text in enumerate(texts) if text is None]:
            texts[number] = texts[int(rng.choice(good))]
        return pl.Series(texts, dtype=pl.String)

    def _join(self, written: Integers, rng: np.random.Generator) -> list[str | None]:
        """The texts of token numbers, shape (n_rows, n_tokens), filled up with END.

        None where tokens grew together into others ("can" and "not" into "cannot"): what such a
        text says is not covered by the transitions that were kept.
        """
        words = np.array(self.tokens_, dtype=object)[written]
        digits = np.array(self.numbers_, dtype=np.int64)[written]
        for count in np.unique(digits[digits > 0]).tolist():
            at = digits == count
            low = 0 if count == 1 else 10 ** (count - 1)
            words[at] = rng.integers(low, 10**count, int(at.sum())).astype(str).astype(object)
        n_tokens = (written != END).sum(axis=1).tolist()
        texts = ["".join(row) for row in words.tolist()]
        pairs = zip(texts, n_tokens, strict=True)
        return [text if len(_TOKEN.findall(text)) == count else None for text, count in pairs]

    def _noise(self, n: int, rng: np.random.Generator) -> pl.Series:
        """Texts of unrelated characters of the column's classes and lengths."""
        places = rng.uniform(0, len(self.lengths_) - 1, n)
        lengths = np.interp(places, np.arange(len(self.lengths_)), self.lengths_)
        ends = np.cumsum(lengths.round().astype(np.int64))
        total = int(ends[-1]) if n else 0
        names = list(self.classes_)
        shares = np.array(list(self.classes_.values()))
        kinds = rng.choice(len(names), total, p=shares / shares.sum())
        drawn = np.empty(total, dtype="<U1")
        for number, name in enumerate(names):
            at = kinds == number
            drawn[at] = rng.choice(list(_CLASSES[name]), int(at.sum()))
        joined = "".join(drawn.tolist())
        starts = [0, *ends[:-1].tolist()]
        pairs = zip(starts, ends.tolist(), strict=False)
        return pl.Series([joined[low:high] for low, high in pairs][:n], dtype=pl.String)

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON."""
        return {
            "format": FORMAT,
            "tokens": self.tokens_,
            "numbers": self.numbers_,
            "lengths": self.lengths_,
            "classes": self.classes_,
            "chain": None if self.chain_ is None else self.chain_.to_json(),
        }

    @classmethod
    def from_json(cls, record: object) -> Self:
        """What `to_json` wrote.

        Raises:
            DataError: The record is damaged ("model.damaged").
        """
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise damaged("texts")
        fresh = cls()
        fresh.tokens_ = [_text(token) for token in _list(record, "tokens")]
        fresh.numbers_ = _integers(record, "numbers", 18).tolist()
        fresh.lengths_ = _integers(record, "lengths", MAX_TOKENS * 20).tolist()
        fresh.classes_ = _classes_from_json(record.get("classes"))
        if len(fresh.numbers_) != len(fresh.tokens_) or fresh.lengths_ != sorted(fresh.lengths_):
            raise damaged("texts")
        if not fresh.lengths_ or len(fresh.lengths_) > 1000:
            raise damaged("texts")
        if record.get("chain") is not None:
            fresh.chain_ = _Chain.from_json(record["chain"], len(fresh.tokens_))
        return fresh


@dataclass(frozen=True)
class _Corpus:
    """Texts as token numbers, one after another: START, tokens, END, START, ...

    Args:
        tokens: The text of each token number; numbers are named by how many digits they have.
        flat: Token numbers, shape (n_positions,).
        rows: The row of each position, shape (n_positions,).
        starts: Position of each row's START, shape (n_rows,).
    """

    tokens: list[str]
    flat: Integers
    rows: Integers
    starts: Integers

    @classmethod
    def read(cls, texts: pl.Series) -> Self:
        """Cut the texts into tokens."""
        numbers: dict[str, int] = {"\0start": START, "\0end": END}
        flat, lengths = [], []
        for text in texts:
            found = _TOKEN.findall(text)[:MAX_TOKENS]
            flat.append(START)
            for token in found:
                name = f"\0{len(token)}" if "0" <= token[0] <= "9" else token
                flat.append(numbers.setdefault(name, len(numbers)))
            flat.append(END)
            lengths.append(len(found) + 2)
        ends = np.cumsum(np.array(lengths, dtype=np.int64))
        starts = ends - np.array(lengths, dtype=np.int64)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        return cls(list(numbers), np.array(flat, dtype=np.int64), rows, starts)

    @property
    def lengths(self) -> Integers:
        """Tokens of each row, without START and END, shape (n_rows,)."""
        return np.diff(np.append(self.starts, len(self.flat))) - 2

    def common_tokens(self, min_entities: int) -> list[int]:
        """START, END and the tokens that enough rows hold; never a control character."""
        support = _support(self.flat, self.rows, len(self.tokens))
        common = np.flatnonzero(support >= min_entities).tolist()
        return [START, END, *(token for token in common if token not in (START, END))]

    def renamed(self, kept: Sequence[int]) -> Integers:
        """The positions with kept tokens numbered 0.., others -1, shape (n_positions,)."""
        names = np.full(len(self.tokens), -1, dtype=np.int64)
        names[list(kept)] = np.arange(len(kept))
        return names[self.flat]


@dataclass
class _Chain:
    """A Markov chain as an automaton: every kept context is a state.

    Args:
        offsets: First transition of each state, and the end, shape (n_states + 1,).
        tokens: Token that each transition writes, ascending within a state, shape (n,).
        weights: How often, coarsely, shape (n,).
        targets: State that each transition leads to, shape (n,).
        first: The state after START.
    """

    offsets: Integers
    tokens: Integers
    weights: Integers
    targets: Integers
    first: int
    n_tokens: int

    @classmethod
    def learn(
        cls, flat: Integers, rows: Integers, n_tokens: int, min_entities: int
    ) -> "_Chain | None":
        """The chain of all contexts and transitions that enough rows hold; None: there is none."""
        levels = _levels(flat, rows, n_tokens, min_entities)
        if len(levels) < 2 or not levels[0].count[START + 1]:
            return None
        chain = _assemble(levels, n_tokens)
        has_words = bool((chain.tokens > END).any())
        return chain if has_words else None

    @property
    def keys(self) -> Integers:
        """A number for each transition, (its state) * n_tokens + token, ascending."""
        n_out = np.diff(self.offsets)
        return np.repeat(np.arange(len(n_out)), n_out) * self.n_tokens + self.tokens

    def step(self, states: Integers, tokens: Integers, keys: Integers) -> Integers:
        """The transition from each state by each token; -1 where there is none."""
        wanted = states * self.n_tokens + tokens
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where((keys[place] == wanted) & (tokens >= 0), place, -1)

    def forget(self, flat: Integers, starts: Integers, rows: Integers) -> None:
        """Take out transitions until none of these rows can be written.

        Taking one out only makes the set of texts that can be written smaller, as long as every
        state keeps one; so one pass is enough. Where each step of a row is the only one its state
        has, the step's state is closed: texts that come there are dropped and drawn again.
        """
        keys, alive = self.keys, np.ones(len(self.tokens), dtype=np.bool_)
        n_out = np.diff(self.offsets).copy()
        owner = self.keys // self.n_tokens
        for path in self._paths(flat, starts, rows, keys):
            if not alive[path].all():
                continue
            choices = path[n_out[owner[path]] >= 2]
            pool = choices if len(choices) else path[-1:]
            gone = pool[np.argmin(self.weights[pool])]
            alive[gone] = False
            n_out[owner[gone]] -= 1
        self._keep(alive)

    def _paths(
        self, flat: Integers, starts: Integers, rows: Integers, keys: Integers
    ) -> list[Integers]:
        """For each row that can be written, its transitions; identical rows stand once."""
        states = np.full(len(rows), self.first, dtype=np.int64)
        left, at = np.arange(len(rows)), starts[rows] + 1
        steps: list[tuple[Integers, Integers]] = []
        done: list[Integers] = []
        while len(left):
            moves = self.step(states, flat[at], keys)
            ok = moves >= 0
            steps.append((left[ok], moves[ok]))
            ended = flat[at[ok]] == END
            done.append(left[ok][ended])
            left, at = left[ok][~ended], at[ok][~ended] + 1
            states = self.targets[moves[ok][~ended]]
        writable = np.zeros(len(rows), dtype=np.bool_)
        writable[np.concatenate([np.empty(0, np.int64), *done])] = True
        who = np.concatenate([np.empty(0, np.int64), *(row for row, _ in steps)])
        what = np.concatenate([np.empty(0, np.int64), *(move for _, move in steps)])
        chosen = writable[who]
        order = np.argsort(who[chosen], kind="stable")
        who, what = who[chosen][order], what[chosen][order]
        return np.split(what, np.flatnonzero(np.diff(who)) + 1) if len(what) else []

    def _keep(self, alive: NDArray[np.bool_]) -> None:
        counts = np.add.reduceat(np.append(alive, False).astype(np.int64), self.offsets[:-1])
        counts[np.diff(self.offsets) == 0] = 0
        self.offsets = np.concatenate([[0], np.cumsum(counts)])
        self.tokens, self.weights = self.tokens[alive], self.weights[alive]
        self.targets = self.targets[alive]

    def write(self, wanted: Integers, longest: int, rng: np.random.Generator) -> Integers | None:
        """Token numbers of texts of about the wanted lengths, shape (n_rows, n_tokens).

        Texts far from their wanted length (in the first rounds) or without an end are drawn
        again, then replaced by others of the batch. Returns None when not one comes to an end.
        """
        limit = int(min(1.5 * longest + 8, MAX_TOKENS + 1))
        out = np.full((len(wanted), limit), END, dtype=np.int64)
        left = np.arange(len(wanted))
        for slack in (0.3, 0.3, 0.4, 0.5, np.inf, np.inf):
            lengths = self._write_rows(out, left, wanted[left], rng)
            too_far = abs(lengths - wanted[left]) > slack * wanted[left] + 1
            left = left[too_far | (lengths < 0)]
            if not len(left):
                return out
        ended = np.setdiff1d(np.arange(len(wanted)), left)
        if not len(ended):
            return None
        out[left] = out[rng.choice(ended, len(left))]
        return out

    def _write_rows(
        self, out: Integers, rows: Integers, wanted: Integers, rng: np.random.Generator
    ) -> Integers:
        """Write these rows of `out`; how many tokens each has, -1 where it came to no end."""
        odds = _Odds.of(self)
        states = np.full(len(rows), self.first, dtype=np.int64)
        active = np.arange(len(rows))
        finished = np.full(len(rows), -1, dtype=np.int64)
        out[rows] = END
        for place in range(out.shape[1]):
            active, states = active[odds.open[states]], states[odds.open[states]]
            if not len(active):
                break
            moves = odds.draw(states, place, wanted[active], rng)
            out[rows[active], place] = self.tokens[moves]
            ended = self.tokens[moves] == END
            finished[active[ended]] = place
            active, states = active[~ended], self.targets[moves[~ended]]
        return finished

    def to_json(self) -> dict[str, Any]:
        """The chain as plain JSON."""
        names = ("offsets", "tokens", "weights", "targets")
        return {"first": self.first, **{name: getattr(self, name).tolist() for name in names}}

    @classmethod
    def from_json(cls, record: object, n_tokens: int) -> Self:
        """What `to_json` wrote.

        Raises:
            DataError: The record is damaged ("model.damaged").
        """
        if not isinstance(record, Mapping):
            raise damaged("texts")
        offsets = _integers(record, "offsets", MAX_SIZE)
        n_states = len(offsets) - 1
        tokens = _integers(record, "tokens", n_tokens - 1)
        weights = _integers(record, "weights", 10**9)
        targets = _integers(record, "targets", n_states - 1)
        if len({len(tokens), len(weights), len(targets)}) > 1 or n_states < 1 or not len(tokens):
            raise damaged("texts")
        if offsets[0] != 0 or offsets[-1] != len(tokens) or (np.diff(offsets) < 0).any():
            raise damaged("texts")
        first = whole_number(record.get("first"), 0, n_states - 1, "texts")
        chain = cls(offsets, tokens, weights, targets, first, n_tokens)
        if (weights < 1).any() or (tokens == START).any() or (np.diff(chain.keys) <= 0).any():
            raise damaged("texts")
        return chain


@dataclass(frozen=True)
class _Odds:
    """Cumulative odds of a chain's transitions, ready for drawing.

    Args:
        high: Number of the state + cumulative probability of each transition, shape (n,).
        end: Probability that a state's next token is END, shape (n_states,).
        last: A state's last transition, shape (n_states,).
        ending: A state's END transition (its first), shape (n_states,).
        open: Whether a state has any transition, shape (n_states,).
    """

    high: NDArray[np.float64]
    end: NDArray[np.float64]
    last: Integers
    ending: Integers
    open: NDArray[np.bool_]

    @classmethod
    def of(cls, chain: _Chain) -> Self:
        """The odds of this chain; END is every state's first transition, if it has one."""
        n_out = np.diff(chain.offsets)
        owner = np.repeat(np.arange(len(n_out)), n_out)
        total = np.bincount(owner, chain.weights, minlength=len(n_out))
        sums = np.cumsum(chain.weights).astype(np.float64)
        before = np.concatenate([[0.0], sums])[chain.offsets[:-1]]
        share = (sums - before[owner]) / total[owner]
        is_end = chain.tokens == END
        ends = np.bincount(owner[is_end], chain.weights[is_end], minlength=len(n_out))
        end = np.zeros(len(n_out), dtype=np.float64)
        np.divide(ends, total, out=end, where=total > 0)
        return cls(owner + share, end, chain.offsets[1:] - 1, chain.offsets[:-1], n_out > 0)

    def draw(
        self, states: Integers, place: int, wanted: Integers, rng: np.random.Generator
    ) -> Integers:
        """A transition for each state: END not much before, and soon after, the wanted length."""
        u = rng.random(len(states))
        end = self.end[states]
        early = (place < 0.8 * wanted) & (end < 1)
        u = np.where(early, end + u * (1 - end), u)
        moves = np.searchsorted(self.high, states + u, side="right")
        moves = np.minimum(moves, self.last[states])
        return np.where((place >= wanted) & (end > 0), self.ending[states], moves)


@dataclass(frozen=True)
class _Level:
    """All kept runs of k tokens.

    Args:
        prefix: Number of the run without its last token, at level k-1, shape (n,).
        token: The last token, shape (n,).
        suffix: Number of the run without its first token, at level k-1, shape (n,).
        count: How often the run stands in the corpus, shape (n,).
    """

    prefix: Integers
    token: Integers
    suffix: Integers
    count: Integers


def _levels(flat: Integers, rows: Integers, n_tokens: int, min_entities: int) -> list[_Level]:
    """The kept runs of 1, 2, ... ORDER + 1 tokens."""
    none = np.zeros(n_tokens, dtype=np.int64)
    single = np.bincount(flat[flat >= 0], minlength=n_tokens).astype(np.int64)
    levels = [_Level(none, np.arange(n_tokens), none, single)]
    runs = flat  # number of the run of k tokens that ends at each position, or -1
    for _ in range(ORDER):
        before, shorter = np.append(-1, runs[:-1]), runs
        possible = np.flatnonzero((before >= 0) & (flat >= 0) & (flat != START))
        pairs, inverse = np.unique(
            before[possible] * n_tokens + flat[possible], return_inverse=True
        )
        support = _support(inverse, rows[possible], len(pairs))
        kept = support >= min_entities
        if not kept.any():
            break
        names = np.where(kept, np.cumsum(kept) - 1, -1)
        runs = np.full(len(flat), -1, dtype=np.int64)
        runs[possible] = names[inverse]
        suffix = np.zeros(int(kept.sum()), dtype=np.int64)
        found = runs >= 0
        suffix[runs[found]] = shorter[found]
        prefix, token = np.divmod(pairs[kept], n_tokens)
        count = np.bincount(inverse, minlength=len(pairs)).astype(np.int64)
        levels.append(_Level(prefix, token, suffix, count[kept]))
    return levels


def _support(names: Integers, rows: Integers, n_names: int) -> Integers:
    """How many different rows hold each name, shape (n_names,); names below 0 are left out."""
    held = names >= 0
    n_rows = int(rows.max()) + 1 if len(rows) else 1
    distinct = np.unique(names[held] * n_rows + rows[held])
    return np.bincount(distinct // n_rows, minlength=n_names).astype(np.int64)


def _assemble(levels: list[_Level], n_tokens: int) -> _Chain:
    """The automaton: state 0 is the empty context, then the runs of 1, 2, ... that go on."""
    states = [np.zeros(1, dtype=np.int64)]  # state of each run by level, the empty run first
    n_states = 1
    for level, longer in pairwise(levels):
        goes_on = np.zeros(len(level.token), dtype=np.bool_)
        goes_on[longer.prefix] = True
        own = n_states + np.cumsum(goes_on) - 1
        states.append(np.where(goes_on, own, states[-1][level.suffix]))
        n_states += int(goes_on.sum())
    states.append(states[-1][levels[-1].suffix])
    origins = np.concatenate([states[k][level.prefix] for k, level in enumerate(levels)])
    tokens = np.concatenate([level.token for level in levels])
    weights = np.concatenate([_rounded(level.count) for level in levels])
    targets = np.concatenate([states[k + 1] for k in range(len(levels))])
    allowed = (tokens != START) & (weights > 0)
    order = np.argsort(origins[allowed] * n_tokens + tokens[allowed], kind="stable")
    pick = np.flatnonzero(allowed)[order]
    counts = np.bincount(origins[pick], minlength=n_states)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    first = int(states[1][START])
    return _Chain(offsets, tokens[pick], weights[pick], targets[pick], first, n_tokens)


def _rounded(counts: Integers) -> Integers:
    """Counts to two significant digits: enough to draw from, too coarse to count people."""
    scale = 10 ** np.maximum(np.floor(np.log10(np.maximum(counts, 1))) - 1, 0).astype(np.int64)
    rounded: Integers = (counts + scale // 2) // scale * scale
    return rounded


def _as_text(values: pl.Series, min_entities: int) -> pl.Series:
    if min_entities < 1:
        raise ConfigError(
            f"min_entities is {min_entities}", allowed="1 or more", code="config.min_entities"
        )
    if values.dtype == pl.String or isinstance(values.dtype, pl.Categorical | pl.Enum):
        return values.drop_nulls().cast(pl.String)
    raise DataError(
        f"texts of the type {values.dtype} are found",
        allowed="String or Categorical",
        do="give the column another role in the schema",
        code="data.text_type",
    )


def _sample(texts: pl.Series, rng: np.random.Generator) -> pl.Series:
    """At most `MAX_ROWS` rows and about `MAX_CHARACTERS` characters, drawn at random."""
    order = rng.permutation(len(texts))[:MAX_ROWS] if len(texts) > MAX_ROWS else None
    texts = texts if order is None else texts.gather(order)
    characters = np.minimum(texts.str.len_chars().to_numpy(), MAX_TOKENS * 4)
    if characters.sum() <= MAX_CHARACTERS:
        return texts.str.slice(0, MAX_TOKENS * 16)
    order = rng.permutation(len(texts))
    within = order[np.cumsum(characters[order]) <= MAX_CHARACTERS]
    return texts.gather(within).str.slice(0, MAX_TOKENS * 16)


def _rare_rows(texts: pl.Series, lengths: Integers, min_entities: int) -> Integers:
    """The rows whose text is long, held by few rows, and not made new by its numbers."""
    counts = texts.to_frame("text").select(pl.len().over("text")).to_series()
    rare = (counts < min_entities).to_numpy()
    digits = texts.str.count_matches("[0-9]").to_numpy()
    return np.flatnonzero(rare & (digits < FREE_DIGITS) & (lengths > SHORT))


def _n_digits(token: str) -> int:
    return int(token[1:]) if token[:1] == "\0" and token[1:].isdecimal() else 0


def _quantiles(lengths: Integers, min_entities: int) -> list[int]:
    """Coarse quantiles of the lengths; the ends stand for `min_entities` texts each."""
    if len(lengths) < max(min_entities, 2):
        return [4, 8]
    edge = min(min_entities / len(lengths), 0.5)
    found = np.quantile(lengths, np.linspace(edge, 1 - edge, N_QUANTILES))
    return sorted(int(length) for length in _rounded(found.round().astype(np.int64)))


def _classes(texts: pl.Series, min_entities: int) -> dict[str, float]:
    """Shares of the character classes that enough texts hold, to two digits."""
    patterns = {"0": "[0-9]", "a": "[a-z]", "A": "[A-Z]", "中": r"\p{Han}", " ": " "}
    found = {}
    for name, pattern in patterns.items():
        counts = texts.str.count_matches(pattern)
        if int((counts > 0).sum()) >= min_entities:
            found[name] = float(counts.sum())
    if not found.keys() - {" "}:
        return {"a": 1.0}
    total = sum(found.values())
    return {name: round(count / total, 2) for name, count in found.items()}


def _classes_from_json(record: object) -> dict[str, float]:
    if not isinstance(record, Mapping) or not record or record.keys() - _CLASSES.keys():
        raise damaged("texts")
    if not all(isinstance(share, float) and 0 <= share <= 1 for share in record.values()):
        raise damaged("texts")
    if sum(record.values()) <= 0:
        raise damaged("texts")
    return dict(record)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 10_000 or not _is_written(value):
        raise damaged("texts")
    return value


def _is_written(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if not isinstance(value, list) or len(value) > MAX_SIZE:
        raise damaged("texts")
    return value


def _integers(record: Mapping[str, Any], name: str, high: int) -> Integers:
    """A list of integers in 0..high as an array."""
    values = _list(record, name)
    if not all(type(value) is int and 0 <= value <= high for value in values):
        raise damaged("texts")
    return np.array(values, dtype=np.int64)
