"""The service agreement: what users and provider owe each other."""

from collections.abc import Iterator

from guanyao.filing.document import Block, Bullets, Document, Heading, Text
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.dossier import Dossier

KIND = "document.service_agreement"


def write(dossier: Dossier) -> Document:
    """The agreement."""
    articles = [*_general(dossier), *_content(dossier), *_duties(dossier), *_end(dossier)]
    return Document(
        name="服务协议",
        title=f"{told.service_name(dossier)}服务协议",
        subtitle=told.subtitle(dossier),
        blocks=(
            Text(
                f"本协议由{told.provider(dossier)}（以下称“提供者”，住所地：{dossier.answer('address')}）"
                "与使用者订立。使用者接受本协议后方可使用服务。"
            ),
            *(
                block
                for n, (title, points) in enumerate(articles, 1)
                for block in _article(n, title, points)
            ),
            *_basis(dossier),
        ),
    )


Article = tuple[str, tuple[str, ...]]


def _article(n: int, title: str, points: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(level=2, text=f"第{numeral(n)}条 {title}")
    yield Bullets(points, numbered=True)


def numeral(n: int) -> str:
    """A number from 1 to 99 in Chinese.

    Examples:
        >>> numeral(3), numeral(10), numeral(12), numeral(20)
        ('三', '十', '十二', '二十')
    """
    digits = "零一二三四五六七八九"
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones or not tens else "")


def _general(dossier: Dossier) -> Iterator[Article]:
    yield (
        "服务内容",
        (
            f"服务目的与用途：{dossier.answer('purpose')}。",
            f"服务对象：{dossier.answer('audience')}；适用场合：{dossier.answer('occasions')}。",
            f"生成内容的类型：{told.fact(dossier, 'modality')}。",
            f"服务入口：{dossier.answer('channels')}。",
            "生成内容由人工智能生成，不保证真实、准确、完整，使用者应自行判断并承担使用后果。",
        ),
    )
    yield "费用", (told.answer_if(dossier, "paid", "fees", "服务不收费"),)


def _content(dossier: Dossier) -> Iterator[Article]:
    label_free = told.answer_if(
        dossier, "label_free_delivery", "label_free_duty", "不提供不含显式标识的内容"
    )
    yield (
        "生成内容标识",
        (
            f"提供者依法对生成内容添加标识，方式为：{dossier.answer('label_method')}。",
            "使用者不得恶意删除、篡改、伪造、隐匿标识，不得为他人从事上述行为提供工具或服务；"
            "向公众传播生成内容的，应当主动声明并使用标识功能。",
            f"不含显式标识内容的提供条件：{label_free}。",
        ),
    )
    yield (
        "知识产权",
        (
            "使用者应保证其输入内容不侵犯他人知识产权和其他合法权益。",
            "使用者可在法律和本协议允许的范围内使用生成内容；以生成内容侵害他人权益的，依法承担责任。",
            f"知识产权投诉渠道：{dossier.answer('ip_channel')}。",
        ),
    )
    yield "个人信息与使用者输入", tuple(_personal(dossier))


def _personal(dossier: Dossier) -> Iterator[str]:
    yield "提供者按《隐私保护政策》处理个人信息，该政策是本协议的组成部分。"
    if told.holds(dossier, "takes_input") is False:
        yield "使用者不能向服务输入或上传内容。"
        return
    yield "提供者对使用者的输入信息和使用记录履行保护义务，不收集非必要个人信息，不非法向他人提供。"
    trains = told.holds(dossier, "trains_on_user_input")
    if trains is None:
        yield told.fact(dossier, "trains_on_user_input")
    elif trains:
        yield f"使用者可随时关闭将输入用于训练，路径：{dossier.answer('opt_out_path')}。"
    else:
        yield "提供者不将使用者输入用于训练。"


def _duties(dossier: Dossier) -> Iterator[Article]:
    yield (
        "使用者义务",
        (
            "遵守法律法规，尊重社会公德，不得诱导服务生成违法不良内容，不得用于欺诈、侵权或冒充真实记录。",
            "不得以技术手段干扰服务运行，不得试图由生成内容还原或识别训练数据所涉及的个人。",
            "妥善保管账号；账号下的行为由账号持有者负责。",
        ),
    )
    yield (
        "提供者义务",
        (
            "依法承担网络信息内容生产者责任和网络信息安全义务，提供安全、稳定、持续的服务。",
            "发现违法内容的，及时停止生成、停止传输、消除，采取模型优化等措施整改，并按规定报告。",
            "发现使用者利用服务从事违法活动的，依法采取警示、限制功能、暂停或终止服务等措施，"
            "保存记录并按规定报告。",
        ),
    )
    minors = told.answer_if(dossier, "minors", "minors_measures", "服务不面向未成年人")
    yield "未成年人保护", (f"未成年人保护措施：{minors}。",)


def _end(dossier: Dossier) -> Iterator[Article]:
    yield (
        "投诉举报",
        (
            f"投诉举报渠道：{dossier.answer('complaint_channel')}。",
            f"处理时限：{dossier.answer('complaint_limit')}。提供者在时限内处理并反馈结果。",
        ),
    )
    yield (
        "变更、中止与终止",
        (
            "协议内容变更的，提供者事先公告；使用者不接受变更的，可以停止使用并注销账号。",
            "服务终止的，提供者事先公告，按约定处理使用者数据，并依法办理备案的变更或注销。",
        ),
    )
    yield "争议解决", (f"{dossier.answer('dispute')}。",)


def _basis(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=2, text="附：本协议所回应的要求")
    yield Bullets(asked_by(dossier, KIND))
