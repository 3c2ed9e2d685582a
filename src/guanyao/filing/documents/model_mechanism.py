"""How the model works: text and drawing from the model's own card, papers, clauses it answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Fields,
    Heading,
    Picture,
    Table,
    Text,
    missing,
)
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier, Record

KINDS = ("document.model_card", "run")


def write(dossier: Dossier) -> Document:
    """The explanation."""
    return Document(
        name="模型机制机理说明",
        title="模型机制机理说明",
        subtitle=told.subtitle(dossier),
        blocks=tuple(_blocks(dossier)),
    )


def _blocks(dossier: Dossier) -> Iterator[Block]:
    card = told.card(dossier)
    if told.holds(dossier, "learns_from_data") is False and card is None:
        yield told.not_involved("模型不由本单位以数据训练。")
        return
    if card is None:
        yield Text(missing("模型机制（以 model.gy 生成模型卡）"))
        return
    yield Heading(level=1, text="一、模型")
    yield Fields(tuple(_fields(dossier, card)))
    yield Heading(level=1, text="二、机制")
    yield from (Text(paragraph) for paragraph in card["mechanism_zh"])
    yield picture(card)
    yield Heading(level=1, text="三、训练流程与停止规则")
    yield Bullets(tuple(card["training"]["zh"]), numbered=True)
    yield Text(f"停止规则：{card['stopping']['zh']}")
    yield Heading(level=1, text="四、生成流程")
    yield Bullets(tuple(card["sampling"]["zh"]), numbered=True)
    yield Heading(level=1, text="五、隐私机制")
    yield Text(assessed.differential_privacy(dossier, told.current_run(dossier)))
    yield Heading(level=1, text="六、参考文献")
    yield Bullets(tuple(map(paper, card["papers"])), numbered=True)
    yield Heading(level=1, text="七、所回应的条款")
    yield Bullets(asked_by(dossier, *KINDS))


def _fields(dossier: Dossier, card: Record) -> Iterator[tuple[str, str]]:
    yield "模型名称与版本", f"{dossier.answer('model_name')}，{dossier.answer('model_version')}"
    yield "方法", f"{card['title_zh']}（{card['model']}，{card['family']['zh']}）"
    yield "模型文件摘要（SHA-256）", str(card["digest"])
    yield "训练数据摘要（SHA-256）", told.digest(dossier.subject.data, "训练数据摘要")
    if card.get("n_rows"):
        yield "训练记录数", f"{card['n_rows']} 条"
    if card.get("n_parameters"):
        yield "可训练参数数量", str(card["n_parameters"])
    if card.get("data") != "images":
        yield "列的构成", told.column_counts(dossier)
    yield "参数设置", told.settings_text(card["settings"]) or "该方法无可调参数"


def picture(card: Record) -> Picture:
    """The drawing of the card."""
    return Picture(svg=card["diagram"], caption=f"{card['title_zh']}：训练与生成流程")


def paper(found: Mapping[str, Any]) -> str:
    """A paper as a reference."""
    where = f"，{found['where']}" if found.get("where") else ""
    id = f"，{found['id']}" if found.get("id") else ""
    return f"{found['authors']}，{found['year']}，{found['title']}{where}{id}"


def settings_table(card: Record) -> Table:
    """The settings of the model, one a line."""
    return Table(
        columns=("参数", "取值"),
        rows=tuple(
            (name, told.settings_text({name: value}).partition("＝")[2])
            for name, value in card["settings"].items()
        ),
        widths=(0.5, 0.5),
    )
