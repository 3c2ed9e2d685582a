"""The impact assessment of personal information: why, what, how it is protected, what risk is left.

The level of a risk is proposed from what was measured and from the limits of the active packs; a
person confirms it with the document.
"""

from collections.abc import Iterable, Iterator

from guanyao.filing.checking import Checked
from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Fields,
    Heading,
    Signatures,
    Table,
    Text,
    missing,
)
from guanyao.filing.documents import assessed, protection, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.documents.figures import check_text, figure
from guanyao.filing.dossier import Dossier

KIND = "document.personal_information_assessment"
RISKS = (
    ("由虚拟数据推断某人是否在训练数据中", ("attack.", "dp_audit."), "AUC 接近 0.5 即近于猜测"),
    ("虚拟数据复制真实记录", ("exact_copies.",), "扣除真实数据之间本来就有的重复"),
    ("直接标识进入模型或未被脱敏", ("personal.", "masking."), "直接标识列不得被学习"),
    ("删除请求未得到彻底执行", ("erasure.",), "删除后再次查找，查无残留"),
)
"""Risk, how the measures that bear on it begin, and how they are to be read."""
ADVICE = {
    "高": "有测量值未达到要求：整改并重新测量之前，不应扩大使用范围。",
    "中": "有测量值尚不能证明达到要求，或者尚未测定：补测之前限制使用范围，不得据此认为风险低。",
    "低": "各项测量值均达到要求：保护措施与风险程度相适应，按本报告的措施继续处理。",
}
"""Level of the whole -> what follows from it."""
OCCASIONS = (
    ("sensitive_personal_data", "处理敏感个人信息"),
    ("shares_personal_data", "委托处理或者向他人提供个人信息"),
    ("sends_abroad", "向境外提供个人信息"),
    ("children_data", "处理不满十四周岁未成年人个人信息"),
    ("public", "以个人信息训练的模型向公众提供服务，对个人权益可能有重大影响"),
)


def write(dossier: Dossier) -> Document:
    """The assessment."""
    return Document(
        name="个人信息保护影响评估报告",
        title="个人信息保护影响评估报告",
        subtitle=told.subtitle(dossier),
        blocks=tuple(_blocks(dossier)),
    )


def _blocks(dossier: Dossier) -> Iterator[Block]:
    uses = told.holds(dossier, "uses_personal_data")
    if uses is not True:
        yield (
            Text(told.fact(dossier, "uses_personal_data"))
            if uses is None
            else told.not_involved("训练与服务均不处理个人信息，无须评估；情况变化时先行评估。")
        )
        return
    yield Heading(level=1, text="一、评估结论")
    yield from _conclusion(dossier)
    yield Heading(level=1, text="二、处理活动")
    yield Fields(tuple(_activity(dossier)))
    yield Heading(level=1, text="三、个人信息的种类")
    yield from _kinds(dossier)
    yield Heading(level=1, text="四、对个人权益的影响与安全风险")
    yield Text(
        "可能的影响：个人被识别，健康、行踪等敏感情况为他人知悉；个人被错误地当作虚拟记录所述的人；"
        "删除等权利不能实现。"
    )
    yield _risk_table(dossier)
    yield from protection.attacks(dossier)
    yield Heading(level=1, text="五、保护措施")
    yield Bullets(tuple(_measures(dossier)))
    yield Heading(level=1, text="六、委托处理、提供与出境")
    yield Bullets(tuple(_passed_on(dossier)))
    yield Heading(level=1, text="七、保存、更新与所回应的要求")
    yield Text(
        "本报告和处理情况记录自完成之日起至少保存三年。处理目的、方式、种类，模型或脱敏方法发生变化的，"
        "或者发生个人信息安全事件的，重新评估。"
    )
    yield Text("本报告所回应的要求：")
    yield Bullets(asked_by(dossier, KIND))
    yield Signatures(("个人信息保护负责人", "安全评估工作负责人"))


def _conclusion(dossier: Dossier) -> Iterator[Block]:
    found = [(title, protection.level(checks)) for title, checks, _ in _risks(dossier)]
    if not found or not dossier.packs:
        yield Text(missing("启用的规则包与测量证据"))
        return
    levels = {level for _, level in found}
    worst = "高" if "高" in levels else "低" if levels == {"低"} else "中"
    said = "；".join(f"{title}：{level}" for title, level in found)
    yield Text(f"建议的总体风险等级：{worst}。各项等级：{said}。理由和测量值见第四部分。")
    yield Text(ADVICE[worst])
    reasons = [title for name, title in OCCASIONS if told.holds(dossier, name)]
    yield Text(f"评估的原因：{'；'.join(reasons) or '以个人信息训练模型'}。")


def _activity(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "处理者", told.provider(dossier)
    yield "服务", told.service_name(dossier)
    yield "处理目的", dossier.answer("purpose")
    yield "处理方式", "脱敏后用于训练模型，由模型生成不对应真实个人的虚拟数据"
    yield "处理个人信息的必要性", dossier.answer("personal_necessity")
    yield "合法性基础", dossier.answer("personal_basis")
    yield "是否处理敏感个人信息", told.fact(dossier, "sensitive_personal_data")
    yield "是否处理未成年人信息", told.fact(dossier, "children_data")
    if told.holds(dossier, "learns_from_data"):
        size = told.sizes(dossier)
        yield "来源", f"{dossier.answer('data_source')}（{dossier.answer('data_source_class')}）"
        yield "训练记录数", told.count(size.n_rows, "训练记录数（附上模型卡）", "条")
    yield "保存期限", dossier.answer("retention")
    yield "安全负责人", dossier.answer("security_head")


def _kinds(dossier: Dossier) -> Iterator[Block]:
    run = told.current_run(dossier)
    if told.holds(dossier, "learns_from_data") is False:
        yield told.not_involved("模型不由本单位以数据训练；服务中的个人信息见隐私保护政策。")
        return
    rows = protection.kinds_of_columns(dossier)
    if run is None:
        yield Text(missing("个人信息检测结果（附上 run.json）"))
    elif rows:
        yield Table(
            columns=("识别程度", "在模型中的用途", "列数"),
            rows=rows,
            widths=(0.5, 0.3, 0.2),
            caption="训练前在建模所用各列中检出的个人信息",
        )
    else:
        yield Text("训练前对建模所用各列的检测未检出个人信息。")


Risk = tuple[str, list[Checked], str]


def _risks(dossier: Dossier) -> list[Risk]:
    """Each risk that a limit of an active pack bears on, and the checks of it."""
    checks = protection.privacy_checks(dossier)
    found = [(title, _of(checks.values(), heads), how) for title, heads, how in RISKS]
    return [risk for risk in found if risk[1]]


def _of(checks: Iterable[Checked], heads: tuple[str, ...]) -> list[Checked]:
    return [c for c in checks if c.check.measure.startswith(heads)]


def _risk_table(dossier: Dossier) -> Block:
    rows = tuple(
        (title, "；".join(map(check_text, checks)), protection.level(checks), how)
        for title, checks, how in _risks(dossier)
    )
    if not rows:
        return Text(missing("隐私测量值（启用规则包并附上 run.json 等证据）"))
    return Table(
        columns=("风险", "测量值与要求", "建议等级", "说明"),
        rows=rows,
        widths=(0.22, 0.44, 0.12, 0.22),
        caption="风险等级由测量值提出：全部达到为低，未能证明为中，未达到为高，无测量值为未测定",
    )


def _measures(dossier: Dossier) -> Iterator[str]:
    found = tuple(protection.maskings(dossier))
    yield from found or ("尚无脱敏报告；含个人信息的数据未经脱敏不得用于训练。",)
    yield from _singled_out(dossier)
    yield assessed.differential_privacy(dossier, told.current_run(dossier))
    yield f"加密：{dossier.answer('encryption')}。"
    yield f"访问控制：{dossier.answer('access_control')}；环境隔离：{dossier.answer('isolation')}。"
    yield f"日志：{dossier.answer('log_fields')}。"
    yield from protection.audits(dossier)
    yield f"个人权利请求渠道：{dossier.answer('privacy_channel')}。"
    yield from protection.erasures(dossier)
    yield from protection.counted(dossier, "n_rights_requests", "n_rights_late", "n_incidents")


def _singled_out(dossier: Dossier) -> Iterator[str]:
    """How few people share what is known of them, before and after masking."""
    for id, record in told.of_schema(dossier, protection.MASKING):
        before, after = ((record.get("risk") or {}).get(when) or {} for when in ("before", "after"))
        if "alone" in before and "alone" in after:
            share = [figure(part["alone"]) for part in (before, after)]
            yield f"可单独识别的记录比例：脱敏前 {share[0]}，脱敏后 {share[1]}（证据 {id}）。"


def _passed_on(dossier: Dossier) -> Iterator[str]:
    none = "不向他人提供个人信息，也不委托他人处理"
    shared = told.answer_if(dossier, "shares_personal_data", "shared_with", none)
    yield f"委托处理与提供：{shared}。"
    yield f"出境：{told.answer_if(dossier, 'sends_abroad', 'abroad', '个人信息不出境')}。"
