"""The rules on complaints: the ways, the time limit, what happens to one, and what is counted."""

from collections.abc import Iterator

from guanyao.filing.document import Bullets, Document, Fields, Heading, Text
from guanyao.filing.documents import protection, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier

KIND = "document.complaint_rules"
FIGURES = (
    *("n_complaint_channels", "n_complaints", "n_complaints_late", "complaint_limit_h"),
    *("complaint_median_h", "n_rights_requests", "n_rights_late"),
)


def write(dossier: Dossier) -> Document:
    """The rules."""
    return Document(
        name="投诉举报规则",
        title=f"{told.service_name(dossier)}投诉举报规则",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、适用范围"),
            Text(
                f"使用者和其他任何人认为{told.service_name(dossier)}的生成内容、标识、个人信息处理"
                f"或服务行为违法或者侵害其权益的，可以依本规则向{told.provider(dossier)}投诉举报。"
                "投诉举报不收费，也不以注册账号为条件。"
            ),
            Heading(level=1, text="二、渠道与时限"),
            Fields(tuple(_channels(dossier))),
            Heading(level=1, text="三、处理程序"),
            Bullets(tuple(_steps(dossier)), numbered=True),
            Heading(level=1, text="四、记录与保密"),
            Bullets(tuple(_records(dossier))),
            Heading(level=1, text="五、办理情况"),
            Bullets(tuple(_figures(dossier))),
            Heading(level=1, text="六、其他救济途径"),
            Text(
                "对答复不满意的，可以要求复核一次，由未参与原处理的人员办理；也可以向网信部门和"
                f"其他主管部门举报。民事争议：{dossier.answer('dispute')}。"
            ),
            Heading(level=1, text="七、所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


def _channels(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for question in ("complaint_channel", "ip_channel", "privacy_channel", "complaint_limit"):
        yield dossier.questions.get(question, question), dossier.answer(question)


def _steps(dossier: Dossier) -> Iterator[str]:
    yield "受理：收到即登记编号，并告知投诉人已收到及答复时限；材料不足的，一次告知需要补充的内容。"
    yield "核查：安全监看人员核对所指内容、日志和标识；涉及个人信息或知识产权的，会同负责部门。"
    yield "控制：初步判断违法或侵权的，先停止生成、传输或提供下载，再作进一步核查。"
    yield (
        "处置：属实的，消除内容，以过滤、重新训练等方式整改；使用者违法使用的，依服务协议警示、限制、"
        "暂停或终止服务；达到安全事件标准的，转入《安全事件应急预案》。"
    )
    yield f"答复：在公布的时限内（{dossier.answer('complaint_limit')}）将结果和理由答复投诉人。"
    yield "回访与改进：每季度汇总原因，改进规则、模型和人员培训；反复出现的列入安全风险清单。"


def _records(dossier: Dossier) -> Iterator[str]:
    yield "逐件记录：编号、时间、渠道、事项、核查经过、处理结果、答复时间和经办人。"
    yield f"保存期限：{dossier.answer('retention')}。"
    yield "投诉人的身份和联系方式只用于办理和答复，不向被投诉人和无关人员透露。"


def _figures(dossier: Dossier) -> Iterator[str]:
    found = tuple(protection.counted(dossier, *FIGURES))
    yield from found or ("服务尚无运行日志统计；上线后按月统计受理数、答复时间和逾期数。",)
