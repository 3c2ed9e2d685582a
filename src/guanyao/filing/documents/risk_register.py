"""The register of risks: each kind of the active packs, whether it can occur, measured, controlled.

Nothing of it rests on what was decided of a clause: the clauses rest on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from guanyao.filing.checking import Checked
from guanyao.filing.document import Block, Bullets, Document, Heading, Table, Text, missing
from guanyao.filing.documents import protection, told
from guanyao.filing.documents.assessed import sample_table
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.documents.figures import SCORES, check_text, figure, with_interval
from guanyao.filing.documents.service_agreement import numeral
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.pack import Clause, Pack
from guanyao.filing.service import FACTS

KIND = "document.risk_register"
EXPRESSIVE = ("text", "image", "audio", "video")
WAYS = {
    "A2": "各类人群在虚拟数据中的比例或关系若失真，依此得出的判断可能对其不公",
    "A3": "虚拟记录若复现训练数据中受保护的取值或组合，可能损害他人的商业权益",
    "A4": "虚拟记录若可与真实个人对应，或被误作真实记录使用，可能损害他人权益",
    "A5": "虚拟数据与真实数据总有差距，被当作真实数据使用时结论可能有误",
}
"""Group of risks -> how they can come up where nothing is worded or pictured."""
SCORED = {
    "A2": ("tstr",),
    "A3": ("exact_copies", "copy_rate"),
    "A4": ("exact_copies", "copy_rate"),
    "A5": ("column_shapes", "pair_trends", "tstr", "label_accuracy"),
}
"""Group of risks -> the measures of a run that bear on them."""
LEFT = {
    "低": "测量值均达到要求，剩余风险低；数据或模型变化后重新测量",
    "中": "测量值不全或尚不能证明达到要求，剩余风险按中等管理；补测后重新判断",
    "高": "测量值未达到要求，剩余风险高；整改前限制使用",
    "未测定": "没有可用的测量值，剩余风险按中等管理；取得测量值后重新判断",
}
UNCOUNTED = "此类风险不设数值门限，剩余风险由责任人审阅；接到反映即核查、停用或重新训练"
NOT_THERE = "现有功能下不存在；增加相应功能前先行评估"


@dataclass(frozen=True)
class _Line:
    """A kind of risk, and all that is said of it."""

    kind: str
    cells: tuple[str, ...]


def write(dossier: Dossier) -> Document:
    """The register."""
    packs = [(pack, _risks(pack)) for pack in dossier.packs if _risks(pack)]
    n = sum(len(clauses) for _, clauses in packs)
    return Document(
        name="安全风险清单",
        title="安全风险清单",
        subtitle=told.subtitle(dossier),
        is_wide=True,
        blocks=(
            Heading(level=1, text="一、范围与方法"),
            Text(
                f"本清单逐类识别{told.service_name(dossier)}生成内容的安全风险，共 {n} 类，"
                f"类别取自启用的规则包。责任单位：{told.provider(dossier)}；"
                f"安全负责人：{dossier.answer('security_head')}。"
                if n
                else missing("列有安全风险类别的规则包")
            ),
            Bullets(tuple(_method(dossier)), numbered=True),
            Heading(level=1, text="二、测量依据"),
            *_basis(dossier),
            *(
                block
                for i, (pack, clauses) in enumerate(packs, 3)
                for block in _register(dossier, numeral(i), pack, clauses)
            ),
            Heading(level=1, text=f"{numeral(len(packs) + 3)}、剩余风险与变化"),
            *_left(dossier),
            Heading(level=1, text=f"{numeral(len(packs) + 4)}、所回应的要求"),
            Bullets(_asked(dossier)),
        ),
    )


def _risks(pack: Pack) -> list[Clause]:
    """The clauses that are kinds of risk: those that the pack lists among its kinds."""
    kinds = {kind for listed in pack.kinds.values() for kind in listed}
    return [clause for clause in pack.clauses if clause.id in kinds]


def _method(dossier: Dossier) -> Iterator[str]:
    yield "能否发生：按该类风险的适用条件和服务的实际功能判断，写明理由。"
    yield "测量：取自运行记录、抽检记录和其他证据；区间为置信区间，以其不利一端与要求比较。"
    yield "剩余风险：有测量值的，据测量值提出低、中、高；没有数值门限的，由责任人审阅。"
    yield "更新：模型、数据、功能或规则变化时，先更新本清单，再恢复或变更服务。"
    words = "；".join(f"{FACTS[n].ask['zh']}{told.fact(dossier, n)}" for n in STATED)
    yield f"服务的实际功能：{words}。"


STATED = ("modality", "free_text", "takes_input", "learns_from_data", "uses_personal_data")


def is_expressive(dossier: Dossier) -> bool | None:
    """Whether it words, pictures or voices anything; None: it is not known."""
    facts = dossier.service.facts
    modality, free = facts.get("modality"), facts.get("free_text")
    if free or set(modality or ()) & set(EXPRESSIVE):
        return True
    return None if free is None or modality is None else False


def _basis(dossier: Dossier) -> Iterator[Block]:
    run = told.current_run(dossier)
    learns = told.holds(dossier, "learns_from_data")
    if run is None and learns is not False:
        yield Text(missing("测量记录（附上 run.json）"))
    if run is not None:
        yield Text(_run_text(run))
        yield from protection.attacks(dossier)
        yield Text(_groups(dossier))
    samples = [s for s in dossier.samples if s.get("n_sampled")]
    if samples:
        yield sample_table(samples)
    elif is_expressive(dossier) is False:
        yield Text("内容抽检：服务不生成可自由表达的文字、图像、音频或视频，无须抽检题目和答案。")
    else:
        yield Text("内容抽检：尚无抽检记录。")


def _run_text(run: Record) -> str:
    scores = _scores(run, tuple(SCORES))
    return f"运行记录的测量：{'；'.join(scores)}。" if scores else "运行记录中没有测量值。"


def _scores(run: Record | None, names: Sequence[str]) -> list[str]:
    found = (run or {}).get("scores", ())
    return [
        f"{SCORES[s['name']]} {with_interval(s.get('value'), s.get('low'), s.get('high'))}"
        f"{_real(s)}"
        for name in names
        for s in found
        if s.get("name") == name and name in SCORES
    ]


def _real(score: Record) -> str:
    real = (score.get("reference") or {}).get("real")
    return "" if real is None else f"，真实数据参照 {figure(real)}"


def _groups(dossier: Dossier) -> str:
    """How true the columns came out that tell groups of people apart."""
    found = protection.spread(told.current_run(dossier))
    if not found["n"]:
        return "区分人群的列：运行记录未检出准标识列，未按人群测量。"
    worst = [f"各列单列分布一致性最低 {figure(found['column'])}"] if found["column"] else []
    if found["pair"] is not None:
        worst.append(f"与其他列的 {found['n_pairs']} 组关系保持度最低 {figure(found['pair'])}")
    said = "，".join(worst) or "没有逐列的测量值"
    return (
        f"区分人群的列（准标识列）{found['n']} 列：{said}。"
        "运行记录未按人群分别测量效用，分人群使用前须另行测量。"
    )


def _register(dossier: Dossier, n: str, pack: Pack, clauses: list[Clause]) -> Iterator[Block]:
    yield Heading(level=1, text=f"{n}、风险清单（{pack.title['zh']}）")
    for group, own in groupby(clauses, key=lambda clause: clause.group):
        lines = [_line(dossier, pack, clause) for clause in own]
        yield Heading(level=2, text=pack.groups[group]["zh"])
        yield Table(
            columns=("风险类别", "能否发生及理由", "测量", "控制措施", "责任", "剩余风险"),
            rows=tuple(_rows(lines)),
            widths=(0.19, 0.19, 0.21, 0.2, 0.08, 0.13),
        )


def _rows(lines: Sequence[_Line]) -> Iterator[tuple[str, ...]]:
    """One row for each kind; neighbours of which the same is said share one."""
    for cells, same in groupby(lines, key=lambda line: line.cells):
        yield ("\n".join(line.kind for line in same), *cells)


def _line(dossier: Dossier, pack: Pack, clause: Clause) -> _Line:
    kind = f"{clause.id} {clause.title['zh'].removeprefix('风险：')}"
    applies = clause.applies(dossier.service.facts)
    if applies is False:
        why = f"不能发生：{clause.otherwise.get('zh', '不属于本条所述情形')}"
        return _Line(kind, (why, "无须测量", "变更功能前复核", "安全负责人", NOT_THERE))
    checks = _checks(dossier, pack, clause)
    return _Line(
        kind,
        (
            _can_occur(dossier, clause, is_known=applies is not None),
            "；".join(_measured(dossier, clause, checks)) or "没有可用的测量值",
            "；".join(_controls(dossier, clause.group)),
            "安全负责人、知识产权负责部门" if clause.group == "A3" else "安全负责人",
            _remains(clause, checks),
        ),
    )


def _can_occur(dossier: Dossier, clause: Clause, *, is_known: bool) -> str:
    if not is_known:
        asked = clause.applies_when.names if clause.applies_when else frozenset()
        open_ = [n for n in sorted(asked) if dossier.service.facts.get(n) is None]
        return "；".join(missing(FACTS[n].ask["zh"] if n in FACTS else n) for n in open_)
    if is_expressive(dossier) is not False:
        return "可能发生：服务生成可自由表达的内容，内容本身可能出现此类风险"
    way = WAYS.get(clause.group, "只可能经由取值及其分布间接出现")
    return f"不能以文字或画面出现；可能间接发生：{way}"


def _checks(dossier: Dossier, pack: Pack, clause: Clause) -> tuple[Checked, ...]:
    for proposal in dossier.proposals:
        if (proposal.pack, proposal.clause.id) == (pack.id, clause.id):
            return proposal.checks
    return ()


def _measured(dossier: Dossier, clause: Clause, checks: Sequence[Checked]) -> Iterator[str]:
    """Held against the clause's limits; else what bears on the whole group."""
    if checks:
        yield from map(check_text, checks)
        return
    yield from _scores(told.current_run(dossier), SCORED.get(clause.group, ()))
    if clause.group == "A2":
        found = protection.spread(told.current_run(dossier))
        if found["column"] is not None:
            yield f"准标识列 {found['n']} 列，单列分布一致性最低 {figure(found['column'])}"
    if is_expressive(dossier) is not False:
        n = sum(s.get("sample", "").startswith("generated") for s in dossier.samples)
        yield f"生成内容抽检 {n} 次，结果见第二部分" if n else "生成内容尚未抽检"


def _controls(dossier: Dossier, group: str) -> Iterator[str]:
    yield {
        "A2": "按适用场合使用，不作为对个人或人群作出决定的唯一依据",
        "A3": f"训练数据来源合法性依据：{_source_rights(dossier)}",
        "A4": "训练前脱敏，发布前以攻击测量，按请求删除",
        "A5": "随数据公布测量值，并标明为虚拟数据",
    }.get(group, "按《内容安全管理制度》事前、事中、事后管理")
    if told.holds(dossier, "takes_input"):
        yield f"输入过滤：{dossier.answer('input_filter')}"
    yield {
        "A3": f"知识产权投诉渠道：{dossier.answer('ip_channel')}",
        "A5": f"标识：{dossier.answer('label_method')}",
    }.get(group, f"投诉举报：{dossier.answer('complaint_channel')}")


def _source_rights(dossier: Dossier) -> str:
    otherwise = "模型不由本单位以数据训练"
    return told.answer_if(dossier, "learns_from_data", "data_rights", otherwise)


def _remains(clause: Clause, checks: Sequence[Checked]) -> str:
    return LEFT[protection.level(checks)] if clause.checks else UNCOUNTED


def _left(dossier: Dossier) -> Iterator[Block]:
    for question in ("residual_risk", "forecast", "response"):
        title = dossier.questions.get(question, question)
        yield Text(f"{title}：{dossier.answer(question)}。")


def _asked(dossier: Dossier) -> tuple[str, ...]:
    """The clauses that rest on the register, in one line for each pack."""
    found = [
        (pack.title["zh"], [c.id for c in pack.clauses if KIND in c.evidence_kinds])
        for pack in dossier.packs
    ]
    lines = tuple(f"{title}：{'、'.join(ids)}。" for title, ids in found if ids)
    return lines or asked_by(dossier, KIND)
