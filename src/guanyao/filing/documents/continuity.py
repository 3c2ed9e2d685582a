"""The statement on continuity: the machines, what takes over, and what trials showed."""

from guanyao.filing.document import Bullets, Document, Fields, Heading, Text
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.figures import figure
from guanyao.filing.dossier import Dossier


def write(dossier: Dossier) -> Document:
    """The statement."""
    return Document(
        name="算力与服务连续性说明",
        title="算力与服务连续性说明",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、现有算力"),
            Fields(_machines(dossier)),
            Heading(level=1, text="二、替代算力与切换"),
            Text(dossier.answer("spare_capacity")),
            Text(
                "模型文件为不含程序代码的数据文件，以摘要核对后可在任一装有同一软件的机器上载入，"
                "切换前后以同一随机种子生成的内容应当一致。"
            ),
            Heading(level=1, text="三、备份与恢复"),
            Bullets(tuple(assessed.upkeep(dossier))),
            Heading(level=1, text="四、服务可用率"),
            Text(_uptime(dossier)),
        ),
    )


def _machines(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    where = (
        ("部署位置", dossier.answer("hosting")),
        ("云服务或机房合同", dossier.answer("cloud_contract")),
    )
    if told.holds(dossier, "learns_from_data") is False:
        return (("训练硬件", f"{told.NOT_INVOLVED}：模型不由本单位训练"), *where)
    run = told.current_run(dossier) or {}
    took = run.get("duration_s")
    timed = (("训练与评估用时", f"{figure(float(took))} 秒"),) if took else ()
    return (
        ("训练硬件", told.hardware(dossier)),
        ("训练软件", told.versions(dossier)),
        *timed,
        *where,
    )


def _uptime(dossier: Dossier) -> str:
    for _, log in told.of_schema(dossier, "guanyao.service-log/1"):
        if "uptime" in log["figures"]:
            period = log["period"]
            share = figure(log["figures"]["uptime"])
            return f"{period['from']} 至 {period['to']} 的可用率为 {share}。"
    return "服务尚无运行日志统计，上线后按月统计。"
