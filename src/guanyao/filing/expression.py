"""Small expressions over what is known of a service, which say when a clause applies.

    any   := all ("or" all)*          all  := unit ("and" unit)*
    unit  := "not" unit | "(" any ")" | operand [sign operand]
    sign  := "==" | "!=" | "<" | "<=" | ">" | ">=" | "in"
    operand := name | "text" | 'text' | number | true | false | null | "[" operand, ... "]"

Three-valued: a fact that is not known makes the answer None, unless the rest decides it. There is
no call, no attribute, no arithmetic: nothing that could do more than answer.

Reference: Kleene 1952, "Introduction to Metamathematics", section 64 (strong three-valued logic).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from guanyao.errors import ConfigError

MAX_LENGTH = 500
MAX_DEPTH = 20
WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
RESERVED = {"and", "or", "not", "in", *WORDS}
TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d{1,15}(?:\.\d{1,15})?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<mark>==|!=|<=|>=|[<>()\[\],]))"""
)
ORDERED = ("<", "<=", ">", ">=")
COMPARISONS = ("==", "!=", *ORDERED, "in")

Facts: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = bool | None


@dataclass(frozen=True)
class Literal:
    """A value that stands in the expression itself."""

    value: Any


@dataclass(frozen=True)
class Name:
    """A fact of the service."""

    name: str


@dataclass(frozen=True)
class Many:
    """A list of operands."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Compare:
    """Two operands compared."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Not:
    """The contrary."""

    part: "Node"


@dataclass(frozen=True)
class Joined:
    """Parts that must all hold ("and"), or of which one must ("or")."""

    word: str
    parts: tuple["Node", ...]


Node: TypeAlias = Literal | Name | Many | Compare | Not | Joined


@dataclass(frozen=True)
class Expression:
    """A parsed expression.

    Args:
        text: As it was written.
        root: What it means.
    """

    text: str
    root: Node

    @property
    def names(self) -> frozenset[str]:
        """The facts that it asks for."""
        return frozenset(_names(self.root))

    def answer(self, facts: Facts) -> Answer:
        """True, False, or None where a fact that would decide is not known (absent or null).

        Raises:
            ConfigError: Facts are of kinds that cannot be compared so ("pack.expression").
        """
        return _truth(self.root, facts)


def parse(text: str) -> Expression:
    """The expression that a text is.

    Raises:
        ConfigError: It is none ("pack.expression").

    Examples:
        >>> parse("public and 'text' in modality").answer({"public": True, "modality": ["table"]})
        False
        >>> parse("public or minors").answer({"minors": True})
        True
        >>> parse("public").answer({}) is None
        True
    """
    if len(text) > MAX_LENGTH:
        raise _wrong(text, f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(text)
    root = reader.any_of(MAX_DEPTH)
    if reader.peek is not None:
        raise _wrong(text, f"{reader.peek[1]!r} is left over")
    return Expression(text, root)


class _Reader:
    """Reads tokens one by one; each method returns one node."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    @property
    def peek(self) -> tuple[str, str] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> tuple[str, str]:
        token = self.peek
        if token is None:
            raise _wrong(self.text, "it ends too early")
        self.at += 1
        return token

    def sees(self, *words: str) -> bool:
        token = self.peek
        return token is not None and token[0] != "text" and token[1] in words

    def expect(self, word: str) -> None:
        if not self.sees(word):
            raise _wrong(self.text, f"{word!r} is missing")
        self.at += 1

    def any_of(self, depth: int) -> Node:
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Node:
        parts = [self._next(word, depth)]
        while self.sees(word):
            self.at += 1
            parts.append(self._next(word, depth))
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _next(self, word: str, depth: int) -> Node:
        return self._joined("and", depth) if word == "or" else self.unit(depth)

    def unit(self, depth: int) -> Node:
        if depth == 0:
            raise _wrong(self.text, f"it is nested deeper than {MAX_DEPTH}")
        if self.sees("not"):
            self.at += 1
            return Not(self.unit(depth - 1))
        if self.sees("("):
            self.at += 1
            inner = self.any_of(depth - 1)
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Node:
        left = self.operand()
        if not self.sees(*COMPARISONS):
            if not isinstance(left, Name) and left not in (Literal(True), Literal(False)):
                raise _wrong(self.text, "a value alone is neither true nor false")
            return left
        sign = self.take()[1]
        return Compare(sign, left, self.operand())

    def operand(self) -> Node:
        if self.sees("["):
            return self.many()
        kind, word = self.take()
        if kind == "number":
            return Literal(float(word) if "." in word else int(word))
        if kind == "text":
            return Literal(word[1:-1])
        if word in WORDS:
            return Literal(WORDS[word])
        if kind != "name" or word in RESERVED:
            raise _wrong(self.text, f"{word!r} stands where a fact or a value should")
        return Name(word)

    def many(self) -> Many:
        self.expect("[")
        parts = []
        while not self.sees("]"):
            if self.sees("["):
                raise _wrong(self.text, "a list stands in a list")
            parts.append(self.operand())
            if not self.sees("]"):
                self.expect(",")
        self.expect("]")
        return Many(tuple(parts))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = TOKEN.match(text, at)
        if found is None:
            raise _wrong(text, f"character {at + 1} belongs to nothing that is allowed")
        kind = found.lastgroup or ""
        yield kind, found.group(kind)
        at = found.end()


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Compare):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, Not):
        yield from _names(node.part)
    elif isinstance(node, Joined | Many):
        for part in node.parts:
            yield from _names(part)


def _truth(node: Node, facts: Facts) -> Answer:
    if isinstance(node, Not):
        inner = _truth(node.part, facts)
        return None if inner is None else not inner
    if isinstance(node, Joined):
        return _all_or_any(node, facts)
    if isinstance(node, Compare):
        return _compared(node, facts)
    value = _value(node, facts)
    if value is not None and not isinstance(value, bool):
        raise _wrong(str(getattr(node, "name", value)), "this fact is neither true nor false")
    return value


def _all_or_any(node: Joined, facts: Facts) -> Answer:
    answers = [_truth(part, facts) for part in node.parts]
    decisive = node.word == "or"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _value(node: Node, facts: Facts) -> Any:  # noqa: ANN401
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Many):
        return [_value(part, facts) for part in node.parts]
    return facts.get(node.name) if isinstance(node, Name) else None


def _compared(node: Compare, facts: Facts) -> Answer:
    left, right = _value(node.left, facts), _value(node.right, facts)
    unknown = [n for n, v in ((node.left, left), (node.right, right)) if _is_unknown(n, v)]
    if unknown:
        return None
    if node.sign == "in":
        return _is_in(left, right)
    if node.sign in ("==", "!="):
        return _same(left, right) == (node.sign == "==")
    if not (_is_number(left) and _is_number(right)):
        raise _wrong(node.sign, "only numbers are smaller or larger")
    holds = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return bool(holds[node.sign])


def _is_unknown(node: Node, value: object) -> bool:
    """Whether a fact is not known; a null that is written down is known to be nothing."""
    if isinstance(node, Many):
        pairs = zip(node.parts, _list(value), strict=True)
        return any(isinstance(part, Name) and found is None for part, found in pairs)
    return isinstance(node, Name) and value is None


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _is_in(left: object, right: object) -> bool:
    if not isinstance(right, list | tuple):
        raise _wrong("in", "a list must stand on its right")
    return any(_same(left, part) for part in right)


def _same(left: object, right: object) -> bool:
    """Equal, and a truth value only to a truth value."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(text: str, why: str) -> ConfigError:
    return ConfigError(
        f"the expression {text[:80]!r} cannot be used: {why}",
        allowed="facts, texts in quotes, numbers, true, false, lists, == != < <= > >= in, and, or, "
        "not, brackets",
        do="see docs/rule-packs.md",
        code="pack.expression",
    )
