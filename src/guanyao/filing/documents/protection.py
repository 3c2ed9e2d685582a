"""What protects the data, as far as it is measured: sentences that rest on no clause's result.

Documents that are evidence themselves are written from these: if they told what was decided, every
decision would make them anew, and no decision on them would ever stand.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guanyao.filing.checking import Checked
from guanyao.filing.document import Block, Table, Text, missing
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.figures import SERVICE, attack_rows, figure
from guanyao.filing.dossier import Dossier, Record

MASKING, ERASURE = "guanyao.masking/1", "guanyao.erasure/1"
AUDIT, DRILL, LOG = "audit verify", "vault drill", "guanyao.service-log/1"
SENSITIVITIES = {
    "direct": "直接标识（单独即可识别个人）",
    "quasi": "准标识（与其他信息结合可识别个人）",
}
STEPS = {
    "keep": "保留原值",
    "drop": "删除整列",
    "redact": "全部遮盖",
    "partial": "部分遮盖",
    "token": "换为带密钥的代号",
    "encrypt": "加密",
    "generalise": "取值泛化",
    "noise": "加噪",
    "fake": "换为虚构值",
    "shift": "日期平移",
    "text": "自由文本逐处替换",
}
"""Step of a masking -> what it does to a column; every step of `guanyao.protect` stands here."""
BASES = ("attack.", "exact_copies.", "personal.", "masking.", "erasure.", "dp_audit.")
"""Measures that an assessment of personal information rests on, by how they begin."""


def privacy_checks(dossier: Dossier) -> dict[str, Checked]:
    """Each check on privacy of the clauses that apply, once, with what was measured."""
    found: dict[str, Checked] = {}
    for proposal in dossier.proposals:
        for checked in proposal.checks:
            if checked.check.measure.startswith(BASES):
                found.setdefault(checked.check.key, checked)
    return found


def level(checks: Sequence[Checked]) -> str:
    """The risk that checks propose: low if all are met, high if one is not, else in between.

    Examples:
        >>> level(())
        '未测定'
    """
    outcomes = {checked.outcome for checked in checks}
    if "not_met" in outcomes:
        return "高"
    if not outcomes or outcomes == {"missing"}:
        return "未测定"
    return "低" if outcomes == {"met"} else "中"


def day_of(dossier: Dossier, record: Record, name: str = "created") -> str:
    """The day in China of a time that a record holds; "": it holds none."""
    return told.moment(record.get(name))[:10]


def audits(dossier: Dossier) -> Iterator[str]:
    """What checks of the audit chain found."""
    for id, record in told.of_schema(dossier, AUDIT):
        whole = "完整" if record["ok"] else "不完整"
        anchor = record.get("anchored")
        held = f"，其中前 {anchor} 行与链外保存的锚定值一致" if anchor else "，未与链外锚定值核对"
        yield f"审计链校验：{record['n_lines']} 行，{whole}{held}（证据 {id}）。"


def drills(dossier: Dossier) -> Iterator[str]:
    """What trials of backups found."""
    for id, record in told.of_schema(dossier, DRILL):
        made = day_of(dossier, record)
        yield (
            f"备份恢复演练：打开 {made + ' 制作的' if made else ''}加密备份，恢复 "
            f"{record['n_items']} 项、{record['n_bytes']} 字节，逐项核对摘要无误（证据 {id}）。"
        )


def maskings(dossier: Dossier) -> Iterator[str]:
    """What maskings did, and how many columns each step went over."""
    for id, record in told.of_schema(dossier, MASKING):
        steps: dict[str, int] = {}
        for step in record.get("steps", ()):
            name = str(step.get("step", ""))
            steps[name] = steps.get(name, 0) + 1
        said = "，".join(f"{STEPS.get(name, name)} {n} 列" for name, n in steps.items())
        yield assessed.masking(id, record) + (f"各列处理方式：{said}。" if said else "")


def erasures(dossier: Dossier) -> Iterator[str]:
    """What erasures took out, and that it was looked for again."""
    yield from (assessed.erasure(*pair) for pair in told.of_schema(dossier, ERASURE))


def counted(dossier: Dossier, *names: str) -> Iterator[str]:
    """Figures of the service's logs by their names, for each period."""
    for _, log in told.of_schema(dossier, LOG):
        said = [f"{SERVICE[n]} {figure(log['figures'][n])}" for n in names if n in log["figures"]]
        if said:
            yield f"{log['period']['from']} 至 {log['period']['to']}：{'，'.join(said)}。"


def kinds_of_columns(dossier: Dossier) -> tuple[tuple[str, ...], ...]:
    """Columns that were found to hold personal data: sensitivity, role, how many; no name."""
    found: dict[tuple[str, str], int] = {}
    for column in (told.current_run(dossier) or {}).get("personal_data") or ():
        key = (str(column.get("sensitivity", "")), str(column.get("role", "")))
        found[key] = found.get(key, 0) + 1
    return tuple(
        (SENSITIVITIES.get(kind, kind), told.ROLES.get(role, role), f"{n} 列")
        for (kind, role), n in found.items()
    )


def attacks(dossier: Dossier) -> Iterator[Block]:
    """The attacks of the current run, each with its interval and against its control."""
    run = told.current_run(dossier)
    if told.holds(dossier, "learns_from_data") is False:
        yield told.not_involved("模型不由本单位以数据训练，没有可供推断的训练记录。")
        return
    rows = tuple(attack_rows(run)) if run else ()
    if run is None:
        yield Text(missing("攻击测量（附上 run.json）"))
    elif not rows:
        yield Text("运行记录中没有攻击结果，识别风险未经测定，不得据此认为风险低。")
    else:
        yield Table(
            columns=("攻击", "对象", "AUC", "对照", "是否计入"),
            rows=rows,
            widths=(0.26, 0.22, 0.3, 0.1, 0.12),
            caption="攻击者持有虚拟数据和某人的完整记录，推断该记录是否参与训练；"
            "0.5 相当于猜测，对照为同一攻击对未参与训练的记录所得",
        )


def spread(run: Record | None) -> Mapping[str, Any]:
    """How true the columns that tell groups of people apart came out: worst column, worst pair."""
    quasi = {
        str(column.get("column"))
        for column in (run or {}).get("personal_data") or ()
        if column.get("sensitivity") == "quasi"
    }
    details = {s.get("name"): s.get("details") or {} for s in (run or {}).get("scores", ())}
    columns = (details.get("column_shapes") or {}).get("columns") or {}
    pairs = (details.get("pair_trends") or {}).get("pairs") or ()
    singles = [columns[name]["score"] for name in quasi if "score" in (columns.get(name) or {})]
    joined = [p["score"] for p in pairs if "score" in p and {p.get("a"), p.get("b")} & quasi]
    return {
        "n": len(quasi),
        "column": min(singles, default=None),
        "pair": min(joined, default=None),
        "n_pairs": len(joined),
    }
