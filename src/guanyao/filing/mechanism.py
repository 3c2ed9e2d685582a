"""How each generator works, from `mechanisms.yaml`: text for a model's card, and its drawing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from guanyao.errors import ConfigError, InternalError, UnknownNameError
from guanyao.filing.plain_yaml import parse

FORMAT = "guanyao.mechanisms/1"
FILE = "mechanisms.yaml"
Data: TypeAlias = Literal["tables", "images"]
Texts: TypeAlias = Mapping[str, tuple[str, ...]]
UNSET = {"zh": "自动确定", "en": "left to the program"}


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """How one model works.

    Args:
        title: By language.
        family: Of which family of methods, by language.
        paragraphs: How it works, by language.
        training: The steps of training, by language.
        sampling: The steps of sampling, by language.
        stopping: When training ends, by language.
        papers: Each with authors, year, title, id.
    """

    title: Mapping[str, str]
    family: Mapping[str, str]
    paragraphs: Texts
    training: Texts
    sampling: Texts
    stopping: Mapping[str, str]
    papers: tuple[Mapping[str, Any], ...]


def described(data: Data) -> list[str]:
    """The names of the generators that are described."""
    return list(_table()[data])


def mechanism(name: str, data: Data, settings: Mapping[str, Any]) -> Mechanism:
    """How a model works, told with its own settings.

    Args:
        name: The generator's name in `MODELS` or `IMAGE_MODELS`.
        data: What it generates.
        settings: Of the model at hand.

    Raises:
        UnknownNameError: The generator is not described ("filing.mechanism").
        ConfigError: The model lacks a setting that the text names ("filing.mechanism").
    """
    table = _table()
    if name not in table[data]:
        raise UnknownNameError(
            f"there is no description of how {name[:40]!r} works",
            allowed="described: " + ", ".join(table[data]),
            do=f"add an entry for it to {FILE}, or attach an explanation of your own",
            code="filing.mechanism",
        )
    entry = table[data][name]
    by_language = {lang: _said(settings, lang) for lang in ("zh", "en")}

    def put_in(texts: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        return {lang: tuple(_fill(t, said, name) for t in texts[lang]) for lang, said in pairs}

    pairs = list(by_language.items())
    stopping = put_in({lang: [text] for lang, text in table["stopping"][entry["stopping"]].items()})
    return Mechanism(
        title=entry["title"],
        family=entry["family"],
        paragraphs=put_in(entry["mechanism"]),
        training=put_in(entry["training"]),
        sampling=put_in(entry["sampling"]),
        stopping={lang: texts[0] for lang, texts in stopping.items()},
        papers=tuple(table["papers"][paper] for paper in entry["papers"]),
    )


def _said(settings: Mapping[str, Any], language: str) -> dict[str, str]:
    return {n: UNSET[language] if v is None else str(v) for n, v in settings.items()}


def _fill(text: str, settings: Mapping[str, str], name: str) -> str:
    try:
        return text.format(**settings)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"the description of {name} names a setting that this model has not",
            allowed="settings of the generator: " + ", ".join(settings),
            code="filing.mechanism",
        ) from error


@cache
def _table() -> dict[str, Any]:
    text = files("guanyao.filing").joinpath(FILE).read_text(encoding="utf-8")
    record = parse(text, name=FILE, what="table of mechanisms", code="filing.mechanism")
    if record["mechanisms"] != FORMAT:
        raise InternalError(f"{FILE} is not {FORMAT}")
    found: dict[str, Any] = record
    return found


WIDTH, LEFT, BOX_WIDTH, BOX_HEIGHT, GAP, ROW_GAP = 760, 80, 196, 60, 36, 34
BOXES_IN_ROW = 3
FONT = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, WenQuanYi Zen Hei, sans-serif"
FONT_SIZE, LINE_HEIGHT = 16, 21
LINE_CHARACTERS = 11
PAUSES = "，、（"
TOP = 16
INK, FAINT = "#1a1a1a", "#f2f2f2"


def diagram(training: Sequence[str], sampling: Sequence[str]) -> str:
    """The steps as a drawing: boxes and arrows, one path for training, one for sampling (SVG).

    Args:
        training: The steps of training, at least one.
        sampling: The steps of sampling, at least one.
    """
    below = TOP + _path_height(training) + 30
    height = below + _path_height(sampling)
    parts = (
        *_path("训练", training, TOP),
        _handed_over(_place(len(training) - 1, TOP), _place(0, below)),
        *_path("生成", sampling, below),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _handed_over(last: tuple[int, int], first: tuple[int, int]) -> str:
    """The way of the model's file from the last box of training to the first of sampling."""
    (a, b), (x, y) = last, first
    start, end, middle = a + BOX_WIDTH / 2, x + BOX_WIDTH / 2, y - 26
    line = (
        f'<path d="M{start},{b + BOX_HEIGHT} V{middle} H{end} V{y - 6}" fill="none" '
        f'stroke="{INK}" stroke-width="1.5" stroke-dasharray="6 4"/>'
    )
    note = _text(LEFT + BOX_WIDTH + GAP / 2, middle - 9, "模型文件（只有参数）", anchor="start")
    return line + _head(end, y, 0, 1) + note


def _path_height(steps: Sequence[str]) -> int:
    return -(-len(steps) // BOXES_IN_ROW) * (BOX_HEIGHT + ROW_GAP)


def _path(label: str, steps: Sequence[str], top: int) -> Iterator[str]:
    """A path of boxes, row by row from the left, each tied to the next."""
    yield _text(LEFT / 2, top + BOX_HEIGHT / 2 + 6, label, bold=True)
    places = [_place(i, top) for i in range(len(steps))]
    for i, (step, (x, y)) in enumerate(zip(steps, places, strict=True)):
        yield (
            f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" '
            f'fill="{FAINT}" stroke="{INK}" stroke-width="1.5"/>'
        )
        yield from _lines(step, x + BOX_WIDTH / 2, y + BOX_HEIGHT / 2)
        if i:
            yield _tie(places[i - 1], (x, y))


def _place(i: int, top: int) -> tuple[int, int]:
    row, column = divmod(i, BOXES_IN_ROW)
    return LEFT + column * (BOX_WIDTH + GAP), top + row * (BOX_HEIGHT + ROW_GAP)


def _tie(before: tuple[int, int], after: tuple[int, int]) -> str:
    """An arrow to the box on the right, or around to the first box of the next row."""
    (a, b), (x, y) = before, after
    if b == y:
        return _arrow(a + BOX_WIDTH, b + BOX_HEIGHT / 2, x, y + BOX_HEIGHT / 2)
    middle = b + BOX_HEIGHT + ROW_GAP / 2
    end, start = x + BOX_WIDTH / 2, a + BOX_WIDTH / 2
    bent = f"M{start},{b + BOX_HEIGHT} V{middle} H{end} V{y - 6}"
    return f'<path d="{bent}" fill="none" stroke="{INK}" stroke-width="1.5"/>' + _head(end, y, 0, 1)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    is_level = y1 == y2
    dx, dy = (1, 0) if is_level else (0, 1)
    line = (
        f'<line x1="{x1}" y1="{y1}" x2="{x2 - 6 * dx}" y2="{y2 - 6 * dy}" '
        f'stroke="{INK}" stroke-width="1.5"/>'
    )
    return line + _head(x2, y2, dx, dy)


def _head(x: float, y: float, dx: int, dy: int) -> str:
    """The head of an arrow that points right (1, 0) or down (0, 1)."""
    points = (
        (x, y),
        (x - 9 * dx - 5 * dy, y - 9 * dy - 5 * dx),
        (x - 9 * dx + 5 * dy, y - 9 * dy + 5 * dx),
    )
    return f'<polygon points="{" ".join(f"{a},{b}" for a, b in points)}" fill="{INK}"/>'


def _lines(text: str, x: float, y: float) -> Iterator[str]:
    rows = wrapped(text)
    first = y - (len(rows) - 1) * LINE_HEIGHT / 2 + FONT_SIZE * 0.36
    for i, row in enumerate(rows):
        yield _text(x, first + i * LINE_HEIGHT, row)


def wrapped(text: str) -> list[str]:
    """A step in lines that fit a box, broken at a pause where there is one; two letters count one.

    Examples:
        >>> wrapped("更新判别器（含梯度惩罚）")
        ['更新判别器', '（含梯度惩罚）']
        >>> wrapped("读入并检查表格")
        ['读入并检查表格']
    """
    width = _width(text)
    if width <= LINE_CHARACTERS:
        return [text]
    pauses = [i + (c != "（") for i, c in enumerate(text) if c in PAUSES]
    places = [i for i in pauses if _fits(text[:i]) and _fits(text[i:])]
    places = places or [i for i in range(1, len(text)) if _fits(text[:i]) and _fits(text[i:])]
    if not places:
        cut = next(i for i in range(len(text), 0, -1) if _fits(text[:i]))
        return [text[:cut], *wrapped(text[cut:])]
    middle = min(places, key=lambda i: abs(_width(text[:i]) - width / 2))
    return [text[:middle], text[middle:]]


def _fits(text: str) -> bool:
    return 0 < _width(text) <= LINE_CHARACTERS


def _width(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _text(x: float, y: float, text: str, *, anchor: str = "middle", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-family="{FONT}" font-size="{FONT_SIZE}" '
        f'text-anchor="{anchor}" fill="{INK}"{weight}>{escape(text)}</text>'
    )
