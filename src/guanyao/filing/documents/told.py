"""What a dossier says of the service, its model and its data, in words that documents share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanyao.filing.document import Text, missing
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.evidence import SHANGHAI
from guanyao.filing.service import FACTS

MODALITIES = {
    "table": "表格数据",
    "series": "数值序列",
    "text": "文本",
    "image": "图像",
    "audio": "音频",
    "video": "视频",
}
BASE_MODELS = {"own": "自研", "third_party": "第三方基础模型", "none": "不使用基础模型"}
RUN, REPORT = "guanyao.run/1", "guanyao.report/1"
NOT_INVOLVED = "不涉及"
TYPES = {
    "integer": "整数",
    "number": "小数",
    "boolean": "是否",
    "string": "文字类别",
    "date": "日期",
    "datetime": "日期时间",
    "time": "时刻",
}
ROLES = {
    "feature": "特征",
    "target": "目标",
    "entity": "主体标识（不学习）",
    "identifier": "标识符（不学习）",
    "text": "自由文本",
}


def provider(dossier: Dossier) -> str:
    """The provider's full name."""
    return dossier.service.provider.strip() or missing("提供者名称（服务说明 provider）")


def service_name(dossier: Dossier) -> str:
    """The service's name."""
    return dossier.service.name.strip() or missing("服务名称")


def subtitle(dossier: Dossier, *more: str) -> str:
    """The line below a title: service, version of the dossier, day."""
    day = dossier.today
    date = f"{day.year} 年 {day.month} 月 {day.day} 日"
    return " · ".join((service_name(dossier), dossier.version_text, *more, date))


def moment(text: object) -> str:
    """A time with a zone as it is in China, to the minute; "" if it is none.

    Examples:
        >>> moment("2026-11-19T18:30:00+00:00")
        '2026-11-20 02:30'
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if found.tzinfo else ""


def fact(dossier: Dossier, name: str) -> str:
    """A fact of the service in words, or the mark of a place to be filled in."""
    value = dossier.service.facts.get(name)
    if value is None:
        return missing(FACTS[name].ask["zh"])
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(MODALITIES.get(str(part), str(part)) for part in value) or "无"
    return BASE_MODELS.get(value, value) if isinstance(value, str) else str(value)


def holds(dossier: Dossier, name: str) -> bool | None:
    """Whether a yes-or-no fact of the service holds; None: it is not known."""
    value = dossier.service.facts.get(name)
    return value if isinstance(value, bool) else None


def answer_if(dossier: Dossier, name: str, question: str, otherwise: str) -> str:
    """The answer to a question that only some services are asked; else why it is not involved."""
    known = holds(dossier, name)
    if known is False:
        return f"{NOT_INVOLVED}：{otherwise}"
    return dossier.answer(question) if known else fact(dossier, name)


def card(dossier: Dossier) -> Record | None:
    """What the model says of itself; None: there is no card, or it is of another model."""
    found, subject = dossier.model_card, dossier.subject.model
    is_other = found is not None and subject and found.get("digest") != subject
    return None if is_other else found


def current_run(dossier: Dossier) -> Record | None:
    """The newest record of a run on the model of the filing; None: there is none."""
    return next((r for r in dossier.runs if _is_about(r, dossier.subject.model)), None)


def run_of(dossier: Dossier, model: str) -> Record | None:
    """The newest record of a run on a model by its digest; None: there is none."""
    return next((run for run in dossier.runs if model and model_of(run) == model), None)


def _is_about(run: Record, model: str) -> bool:
    return not model or model_of(run) == model


def model_of(run: Record) -> str:
    """The digest of the model that a run made or measured; "": it names none."""
    outputs = {part.get("name"): part.get("digest") for part in run.get("outputs", ())}
    inputs = {part.get("role"): part.get("digest") for part in run.get("inputs", ())}
    return str(outputs.get("model.gy") or inputs.get("model") or "")


def data_of(run: Record) -> str:
    """The digest of the data that a run learned from; "": it names none."""
    inputs = {part.get("role"): part.get("digest") for part in run.get("inputs", ())}
    return str(inputs.get("source") or inputs.get("train") or inputs.get("real") or "")


def of_schema(dossier: Dossier, schema: str) -> Iterator[tuple[str, Record]]:
    """The records of a format (or of a verb, where there is none), with the evidence's id."""
    for id, record in dossier.records.items():
        if schema in (record.get("schema"), record.get("verb")):
            yield id, record


def report_of(dossier: Dossier) -> Record:
    """The report of the current run, if it was handed in; else nothing."""
    model = dossier.subject.model
    for _, record in of_schema(dossier, REPORT):
        if not model or (record.get("model") or {}).get("digest") == model:
            return record
    return {}


@dataclass(frozen=True)
class Sizes:
    """How large the training data are; None: not recorded.

    Args:
        n_rows: Rows (or pictures) that were learned from.
        n_holdout: Rows that were kept for measuring.
        n_columns: Columns.
    """

    n_rows: int | None
    n_holdout: int | None
    n_columns: int | None


def sizes(dossier: Dossier) -> Sizes:
    """The size of the training data, by the report of the run, its record and the model's card."""
    data = report_of(dossier).get("data") or {}
    own = card(dossier) or {}
    counts = (own.get("columns") or {}).get("n")
    columns = data.get("columns")
    return Sizes(
        n_rows=_first(data.get("n_train"), own.get("n_rows")),
        n_holdout=_first(data.get("n_holdout"), _rows(current_run(dossier), "holdout")),
        n_columns=_first(len(columns) if columns else None, counts),
    )


def _rows(run: Record | None, side: str) -> object:
    for score in (run or {}).get("scores", ()):
        found = ((score.get("details") or {}).get("rows") or {}).get(side)
        if isinstance(found, int):
            return found
    return None


def _first(*values: object) -> int | None:
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)


def count(value: int | None, what: str, unit: str) -> str:
    """A count with its unit, or the mark of a place to be filled in."""
    return missing(what) if value is None else f"{value} {unit}"


def digest(value: str, what: str) -> str:
    """A digest, or the mark of a place to be filled in."""
    return value or missing(what)


def model_kind(dossier: Dossier) -> str:
    """What kind of model it is, by its card or the record of the run."""
    own = card(dossier)
    if own:
        return f"{own['title_zh']}（{own['model']}）"
    chosen = ((current_run(dossier) or {}).get("settings") or {}).get("chosen") or {}
    name = chosen.get("name") or report_of(dossier).get("model", {}).get("name")
    return str(name) if name else missing("模型类型（附上模型卡或运行记录）")


def model_settings(dossier: Dossier) -> Mapping[str, Any]:
    """The settings of the model, by its card or the record of the run."""
    own = card(dossier) or {}
    chosen = ((current_run(dossier) or {}).get("settings") or {}).get("chosen") or {}
    found: Mapping[str, Any] = own.get("settings") or chosen.get("settings") or {}
    return found


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings in one line; those that are left to the program say so."""
    said = {None: "自动确定", True: "是", False: "否"}
    shown = {
        name: said[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in settings.items()
        if value is None or isinstance(value, str | int | float)
    }
    return "；".join(f"{name}＝{value}" for name, value in shown.items())


def hardware(dossier: Dossier) -> str:
    """The machine that the model was trained on, by the record of the run."""
    found = (current_run(dossier) or {}).get("hardware") or {}
    parts = (
        f"处理器 {found['model']}" if found.get("model") else "",
        f"{found['cpus']} 个处理器核" if found.get("cpus") else "",
        f"内存 {found['memory_gb']} GB" if found.get("memory_gb") else "",
        f"加速卡 {found['gpu']}" if found.get("gpu") else "",
        f"系统 {found['system']}" if found.get("system") else "",
    )
    return "，".join(filter(None, parts)) or missing("训练硬件（附上 run.json）")


def versions(dossier: Dossier) -> str:
    """The software that the model was trained with, by the record of the run."""
    found = (current_run(dossier) or {}).get("versions") or {}
    said = "，".join(f"{name} {version}" for name, version in found.items())
    return said or missing("软件版本（附上 run.json）")


def column_counts(dossier: Dossier) -> str:
    """How many columns there are of each type and role, by the model's card; never their names."""
    columns = (card(dossier) or {}).get("columns") or {}
    types = "，".join(f"{TYPES.get(n, n)} {c} 列" for n, c in (columns.get("types") or {}).items())
    roles = "，".join(f"{ROLES.get(n, n)} {c} 列" for n, c in (columns.get("roles") or {}).items())
    said = "；".join(filter(None, (types and f"按类型：{types}", roles and f"按用途：{roles}")))
    return said or missing("各类型列数（附上模型卡）")


def not_involved(reason: str) -> Text:
    """That something does not apply, and why."""
    return Text(f"{NOT_INVOLVED}。{reason}")
