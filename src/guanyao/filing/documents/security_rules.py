"""The data security rules: classes, encryption, access, backup, logs, as asked and as measured."""

from collections.abc import Iterator

from guanyao.filing.document import Block, Bullets, Document, Heading, Text
from guanyao.filing.documents import protection, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier

KIND = "document.security_rules"
SECTIONS = (
    "数据分类分级",
    "加密",
    "访问控制",
    "脱敏与去标识",
    "备份与恢复",
    "日志与审计",
    "保存与删除",
    "人员与检查",
)


def write(dossier: Dossier) -> Document:
    """The rules."""
    points = (_classes, _encryption, _access, _masking, _backup, _logs, _erasure, _people)
    titles = "二三四五六七八九"
    return Document(
        name="数据安全管理制度",
        title="数据安全管理制度",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、目的与责任"),
            Text(
                f"为保护{told.service_name(dossier)}的训练数据、模型、日志和使用者信息，"
                f"{told.provider(dossier)}制定本制度。安全负责人：{dossier.answer('security_head')}。"
                "凡写明证据的，为实际核验所得；其余为须遵守的规定。"
            ),
            *(
                block
                for n, title, said in zip(titles, SECTIONS, points, strict=True)
                for block in _section(f"{n}、{title}", tuple(said(dossier)))
            ),
            Heading(level=1, text="十、所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


def _section(title: str, points: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(level=1, text=title)
    yield Bullets(points, numbered=True)


def _classes(dossier: Dossier) -> Iterator[str]:
    yield (
        f"个人信息：{told.fact(dossier, 'uses_personal_data')}；敏感个人信息："
        f"{told.fact(dossier, 'sensitive_personal_data')}；重要数据："
        f"{told.fact(dossier, 'important_data')}。"
    )
    yield "原始数据、脱敏数据、模型、虚拟数据、日志分别定级，按最高一级的内容确定整体级别。"
    yield "原始数据只用于脱敏，训练只使用脱敏数据；对外只提供虚拟数据。"
    if told.holds(dossier, "people_annotate"):
        yield "安全性标注数据与其他数据隔离存储，单独授权。"


def _encryption(dossier: Dossier) -> Iterator[str]:
    yield f"存储与传输：{dossier.answer('encryption')}。"
    yield "密钥与数据分开保存，专人保管；人员离岗、密钥泄露或达到使用期限的，更换密钥。"
    opened = tuple(protection.drills(dossier))
    yield from opened or ("加密备份尚无打开核验的记录，上线前完成一次并留存。",)


def _access(dossier: Dossier) -> Iterator[str]:
    yield f"账号、权限与双因素认证：{dossier.answer('access_control')}。"
    yield f"部署位置：{dossier.answer('hosting')}；环境隔离：{dossier.answer('isolation')}。"
    yield "按岗位授予最小权限；每季度复核，调岗离岗当日收回；导出原始数据须经审批。"
    yield from protection.counted(dossier, "n_logins", "n_second_factor")


def _masking(dossier: Dossier) -> Iterator[str]:
    if told.holds(dossier, "uses_personal_data") is False:
        yield "不涉及：训练与服务均不处理个人信息。"
        return
    found = tuple(protection.maskings(dossier))
    yield from found or ("尚无脱敏报告；含个人信息的数据未经脱敏不得用于训练。",)
    yield "脱敏后再次检测，仍检出直接标识的不得使用。"


def _backup(dossier: Dossier) -> Iterator[str]:
    yield f"备份频次与存放：{dossier.answer('backup')}。"
    yield f"替代算力与切换：{dossier.answer('spare_capacity')}。"
    yield "备份经加密；定期打开核验，核对摘要，核验失败的当日重做并查明原因。"
    yield from protection.drills(dossier)


def _logs(dossier: Dossier) -> Iterator[str]:
    yield f"日志内容与访问权限：{dossier.answer('log_fields')}。"
    yield f"保存期限：{dossier.answer('retention')}。"
    yield "处理、训练、导出和删除逐次写入前后相连的审计链，不得改写；定期校验并在链外保存锚定值。"
    found = tuple(protection.audits(dossier))
    yield from found or ("审计链尚无校验记录，上线前完成一次并留存。",)
    yield from protection.counted(dossier, "log_retention_days", "n_incidents", "n_vulnerabilities")


def _erasure(dossier: Dossier) -> Iterator[str]:
    yield "目的实现或期限届满的，删除或匿名化；依个人请求删除的，一并清理脱敏数据、备份和派生文件。"
    yield "删除后全面复查，查无残留方可结案；由其训练的模型重新训练或停用。"
    yield from protection.erasures(dossier)


def _people(dossier: Dossier) -> Iterator[str]:
    yield f"培训：{dossier.answer('staff_training')}。"
    yield f"演练：{dossier.answer('drills')}；事件处置按《安全事件应急预案》。"
    yield "每年检查一次本制度的执行情况；数据、系统或法规有重大变化的，及时修订。"
