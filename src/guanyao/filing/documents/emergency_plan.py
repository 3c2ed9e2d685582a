"""The emergency plan: who, which incidents, what is done, whom to tell, and drills."""

from guanyao.filing.document import Bullets, Document, Fields, Heading, Table, Text
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier

KIND = "document.emergency_plan"
INCIDENTS = (
    (
        "违法不良内容",
        "出现或传播违法不良生成内容",
        "停止生成与传输，消除内容，封存样本，查明原因并整改",
    ),
    (
        "个人信息泄露",
        "个人信息泄露、篡改、丢失，或生成内容可识别真实个人",
        "切断访问，评估影响，补救，依法通知个人",
    ),
    (
        "模型或数据被篡改",
        "模型文件或训练数据的摘要与备案不符",
        "停用模型，恢复备份，核对摘要后恢复服务",
    ),
    ("标识失效", "输出缺少标识或标识核验不通过", "停止输出，修复写入流程，复核已输出内容"),
    ("服务中断", "硬件、网络或软件故障导致服务不可用", "切换备用算力，公告，恢复后核对日志"),
    ("违法使用", "使用者利用服务从事违法活动", "限制或终止服务，保存记录，配合调查"),
)


def write(dossier: Dossier) -> Document:
    """The plan."""
    return Document(
        name="安全事件应急预案",
        title="安全事件应急预案",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、组织与联系"),
            Fields(
                (
                    ("提供者", told.provider(dossier)),
                    ("安全负责人", dossier.answer("security_head")),
                    ("应急值班电话", dossier.answer("emergency_contact")),
                    ("事件报告对象与时限", dossier.answer("emergency_report")),
                )
            ),
            Heading(level=1, text="二、事件种类与处置"),
            Table(
                columns=("种类", "情形", "处置"),
                rows=INCIDENTS,
                widths=(0.2, 0.4, 0.4),
            ),
            Heading(level=1, text="三、处置流程"),
            Bullets(
                (
                    "发现：任何人员发现事件，立即通知应急值班。",
                    "控制：先停止扩大，再保存证据；必要时暂停服务。",
                    "报告：按上述对象与时限报告；涉及个人信息的依法通知个人。",
                    "恢复：核对模型与数据摘要，重新核验标识，确认后恢复服务。",
                    "总结：查明原因，整改，更新规则与培训；影响条款结论的，重新评估。",
                ),
                numbered=True,
            ),
            Heading(level=1, text="四、备份与恢复"),
            Bullets(_drills(dossier)),
            Heading(level=1, text="五、培训与演练"),
            Text(f"演练：{dossier.answer('drills')}。培训：{dossier.answer('staff_training')}。"),
            Heading(level=1, text="六、所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


def _drills(dossier: Dossier) -> tuple[str, ...]:
    return (
        f"替代算力与切换：{dossier.answer('spare_capacity')}。",
        *(line for line in assessed.upkeep(dossier) if "备份" in line),
    )
