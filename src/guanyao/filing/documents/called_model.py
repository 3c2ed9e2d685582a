"""The statement on the called model: whose it is, its number, how and by which contract."""

from collections.abc import Iterator

from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Fields,
    Heading,
    Signatures,
    Text,
    missing,
)
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier
from guanyao.filing.service import FACTS

KIND = "document.base_model_filing"
QUESTIONS = (
    *("base_model_name", "base_model_provider", "base_model_number", "base_model_call"),
    *("base_model_contract", "base_model_licence"),
)


def write(dossier: Dossier) -> Document:
    """The statement."""
    return Document(
        name="调用已备案模型情况说明",
        title="调用已备案模型情况说明",
        subtitle=told.subtitle(dossier),
        blocks=tuple(_blocks(dossier)),
    )


def _blocks(dossier: Dossier) -> Iterator[Block]:
    base = dossier.service.facts.get("base_model")
    if base is None:
        yield Text(told.fact(dossier, "base_model"))
        return
    if base != "third_party":
        yield Text(
            f"{told.NOT_INVOLVED}：服务未使用第三方基础模型（{told.fact(dossier, 'base_model')}）。"
        )
        return
    yield Heading(level=1, text="一、所调用的模型")
    yield Fields(tuple((dossier.questions.get(q, q), dossier.answer(q)) for q in QUESTIONS))
    yield Heading(level=1, text="二、调用情况")
    tunes = FACTS["tunes_model"].ask["zh"].rstrip("？")
    yield Fields(
        (
            (tunes, told.fact(dossier, "tunes_model")),
            ("使用者能否输入内容", told.fact(dossier, "takes_input")),
            ("输入过滤与处置", _filter(dossier)),
            ("服务名称", told.service_name(dossier)),
            ("提供者", told.provider(dossier)),
        )
    )
    yield Heading(level=1, text="三、证明材料")
    yield Bullets(tuple(_proof(dossier)))
    yield Heading(level=1, text="四、所回应的要求")
    yield Bullets(asked_by(dossier, KIND))
    yield Signatures(("申报单位（盖章）",))


def _filter(dossier: Dossier) -> str:
    return told.answer_if(dossier, "takes_input", "input_filter", "使用者不能输入内容")


def _proof(dossier: Dossier) -> Iterator[str]:
    found = [item for item in dossier.evidence if item.kind == KIND]
    for item in found:
        yield f"基础模型备案证明：{item.name}，摘要 {item.digest}"
    if not found:
        yield missing("基础模型备案证明（附件）")
