"""The content safety rules, with the limits that the packs ask for and the service really has."""

from collections.abc import Iterator

from guanyao.filing.document import Block, Bullets, Document, Heading, Table, Text
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.documents.figures import SIGNS, figure, title_of_measure
from guanyao.filing.dossier import Dossier
from guanyao.filing.pack import Check

KIND = "document.content_safety_rules"


def write(dossier: Dossier) -> Document:
    """The rules."""
    return Document(
        name="内容安全管理制度",
        title="内容安全管理制度",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、目的与职责"),
            Text(
                f"为保障{told.service_name(dossier)}的内容安全，{told.provider(dossier)}制定本制度。"
                f"安全负责人：{dossier.answer('security_head')}；"
                f"安全监看人员 {dossier.answer('monitors')} 名。"
            ),
            Heading(level=1, text="二、事前管理"),
            Bullets(tuple(_before(dossier)), numbered=True),
            Heading(level=1, text="三、事中管理"),
            Bullets(tuple(_during(dossier)), numbered=True),
            Heading(level=1, text="四、事后处置"),
            Bullets(tuple(_after(dossier)), numbered=True),
            Heading(level=1, text="五、限值与现行参数"),
            *_limits(dossier),
            Heading(level=1, text="六、所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


def _before(dossier: Dossier) -> Iterator[str]:
    no_input = "使用者不能输入内容"
    yield f"使用者身份核验：{told.answer_if(dossier, 'takes_input', 'user_identity', no_input)}。"
    yield f"人员培训：{dossier.answer('staff_training')}。"
    yield "训练数据、模型和规则发生变化的，先评估、后上线，并留存评估记录。"


def _during(dossier: Dossier) -> Iterator[str]:
    no_input = "使用者不能输入内容"
    yield f"输入过滤：{told.answer_if(dossier, 'takes_input', 'input_filter', no_input)}。"
    yield f"输出标识：{dossier.answer('label_method')}；标识写入后逐件核验，核验不通过的不予输出。"
    yield "监看人员按班次巡查，发现异常立即暂停生成并报告安全负责人。"


def _after(dossier: Dossier) -> Iterator[str]:
    yield "发现违法内容的，停止生成、停止传输、消除，查明原因，以过滤、模型优化等方式整改并报告。"
    yield "发现违法使用的，警示、限制、暂停或终止服务，保存记录并报告。"
    yield (
        f"投诉举报：{dossier.answer('complaint_channel')}；"
        f"处理时限：{dossier.answer('complaint_limit')}。"
    )
    yield f"日志：{dossier.answer('log_fields')}；保存期限：{dossier.answer('retention')}。"


def _limits(dossier: Dossier) -> Iterator[Block]:
    """What the packs ask of the running service, and what its log says."""
    logs = [e for e in dossier.evidence if e.kind == "service_log"]
    rows = tuple(
        (
            f"{pack} {clause}",
            title_of_measure(check.measure),
            f"{SIGNS[check.sign]} {figure(float(check.threshold))}",
            next((figure(m.value) for e in logs if (m := e.measure(check.measure))), "尚无记录"),
        )
        for pack, clause, check in _service_checks(dossier)
    )
    if rows:
        yield Table(
            columns=("条款", "项目", "要求", "现行值"), rows=rows, widths=(0.34, 0.34, 0.16, 0.16)
        )
    else:
        yield told.not_involved("启用的规则包未对运行中的服务规定限值，或相应条款不适用。")


def _service_checks(dossier: Dossier) -> Iterator[tuple[str, str, Check]]:
    facts = dossier.service.facts
    for pack in dossier.packs:
        for clause in pack.clauses:
            if clause.applies(facts) is not False:
                found = (c for c in clause.checks if c.measure.startswith("service."))
                yield from ((pack.id, clause.id, check) for check in found)
