"""The public notice: a redacted view. What is secret of a trade or a person is not in it.

Only what stands in `PUBLIC` and the figures named in `SUMMARY` ever enters: no name, setting or
digest of the model, nothing of the source, size or columns of the data, nobody's contact.
"""

from collections.abc import Iterator

from guanyao.filing.document import Document, Fields, Heading, Table, Text, missing
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import clause_lines, tally
from guanyao.filing.documents.figures import SCORES, with_interval
from guanyao.filing.dossier import Dossier
from guanyao.filing.ledger import RESULTS

PUBLIC = ("purpose", "service_form", "audience", "occasions", "label_method")
"""The answers that the public may read."""
SUMMARY = ("column_shapes", "pair_trends", "tstr", "label_accuracy")
"""The measures that the public is told."""
NOTICE = "notice"


def write(dossier: Dossier) -> Document:
    """The notice."""
    return Document(
        name="公示",
        title="生成式人工智能服务备案公示",
        subtitle=told.service_name(dossier),
        blocks=(
            Heading(level=1, text="一、公示内容"),
            Fields(
                (
                    ("服务名称", told.service_name(dossier)),
                    ("提供者", told.provider(dossier)),
                    ("生成内容的类型", told.fact(dossier, "modality")),
                    *((dossier.questions.get(q, q), dossier.answer(q)) for q in PUBLIC),
                )
            ),
            Heading(level=1, text="二、评估结果概要"),
            Table(columns=("项目", "结果"), rows=tuple(_summary(dossier)), widths=(0.5, 0.5)),
            Heading(level=1, text="三、公示期与异议"),
            *(Text(line) for line in _period(dossier)),
        ),
    )


def _summary(dossier: Dossier) -> Iterator[tuple[str, str]]:
    n = tally(clause_lines(dossier))
    yield "条款结论", "，".join(f"{name} {n[name]} 条" for name in RESULTS)
    run = told.current_run(dossier)
    if run is None:
        yield "质量与隐私测量", missing("测量值（附上 run.json）")
    else:
        for score in run.get("scores", ()):
            if score.get("name") in SUMMARY:
                found = with_interval(score.get("value"), score.get("low"), score.get("high"))
                yield SCORES[score["name"]], found
    for kind, measure, title in MEASURED:
        yield from _measured(dossier, kind, measure, title)


MEASURED = (
    ("run", "attack.auc", "隐私攻击测试（AUC，越接近一半越难推断）"),
    ("label_check", "label.explicit_share", "显式标识核验合格率"),
)
"""Kind of evidence, its measure, and what the public is told it is."""


def _measured(dossier: Dossier, kind: str, measure: str, title: str) -> Iterator[tuple[str, str]]:
    """The newest measure of that name on the model of the filing, if there is one."""
    subject = dossier.subject.model
    mine = [e for e in dossier.evidence if e.kind == kind]
    mine = [e for e in mine if not subject or e.rests_on.get("model") == subject]
    for item in sorted(mine, key=lambda e: str(e.as_of), reverse=True):
        if found := item.measure(measure):
            yield title, with_interval(found.value, found.low, found.high)
            return


def _period(dossier: Dossier) -> Iterator[str]:
    deadline = dossier.filing.deadline(NOTICE)
    if deadline is None:
        yield "公示期自公示之日的次日起计算，起止日期以公示页面为准。"
    else:
        provisional = "" if deadline.is_official else "（所依据的日历尚未正式公布，日期暂定）"
        yield (
            f"公示期自 {deadline.start.isoformat()} 起（当日不计），至 "
            f"{deadline.due.isoformat()} 二十四时止{provisional}。"
        )
    yield (
        "任何组织和个人对公示内容有异议的，可在公示期内通过公示页面提出，写明事实和理由。"
        "备案不构成对服务内容的认可。"
    )
