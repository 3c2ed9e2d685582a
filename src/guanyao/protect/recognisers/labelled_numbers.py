"""Numbers that only a label tells from others: records, insurance, officers, postcodes, QQ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_labelled, label_of

OFFICER = re.compile(
    r"(?P<word>[军海空士文兵政后装沈北兰济南广成武陆火][官职人]?字第)[ ]?[0-9]{6,10}[ ]?号?"
)


@dataclass(frozen=True)
class LabelledNumber:
    """Finds numbers of a form right behind a label.

    Args:
        kind: The kind.
        form: The form of the number, without blanks.
        lengths: How many characters it has.
        before: The label.
        label: What stands before such a number.
        score: How sure a number of the form behind the label is.
    """

    kind: str
    form: re.Pattern[str]
    lengths: range
    before: re.Pattern[str]
    label: str
    score: float = 0.88
    needs: str = "digits"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers of the form behind the label."""
        for code in text.codes(*self.lengths):
            if not self.form.fullmatch(code.text.upper()) or code.before:
                continue
            if is_labelled(text.text, code.start, self.before):
                yield code.start, code.end, self.score


@dataclass(frozen=True)
class MilitaryId(LabelledNumber):
    """Finds officers' and soldiers' numbers, e.g. 军字第0012345号."""

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers behind a label, and those with the service's word before them."""
        yield from super().find(text)
        if "字第" in text.text:
            for match in OFFICER.finditer(text.text):
                yield *match.span(), 0.9


MEDICAL_RECORD = LabelledNumber(
    kind="medical_record",
    form=re.compile(r"[A-Z]{0,4}[0-9]{5,14}[A-Z]?"),
    lengths=range(5, 19),
    before=label_of(
        "病历号?|病案号?|住院号|门诊号|就诊卡?号|登记号|检查号|标本号|患者(?:编号|ID)|病人(?:编号|ID)"
        "|诊疗卡号?|挂号单?号",
        "mrn|medical record|patient (?:id|no|number)|chart no|hospital no|admission no|case no",
    ),
    label="病历号:",
)
SOCIAL_SECURITY = LabelledNumber(
    kind="social_security",
    form=re.compile(r"(?:[A-Z]{1,3})?[0-9]{7,18}[A-Z]?"),
    lengths=range(7, 21),
    before=label_of(
        "社保(?:电脑)?(?:卡|账)?号?|医保(?:卡|证|账)?号?|社会保障(?:卡|号)?|医疗保险(?:卡|证)?"
        "|参保人?|公积金(?:账|帐)号|个人(?:账|帐)?编?号|新农合",
        "social insurance|social security|health insurance|medicare|nhs"
        "|insurance (?:no|number|id|policy)",
    ),
    label="社保号:",
)
MILITARY_ID = MilitaryId(
    kind="military_id",
    form=re.compile(r"[0-9]{6,10}"),
    lengths=range(6, 11),
    before=label_of(
        "军官证?|士兵证?|文职(?:干部)?证?|军人证?|警官证?|退伍证|军人保障卡",
        "military id|officer id",
    ),
    label="军官证号:",
)
POSTCODE = LabelledNumber(
    kind="postcode",
    form=re.compile(r"[0-9]{5,6}|[0-9]{9}|[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"),
    lengths=range(5, 10),
    before=label_of(
        "邮编|邮政编码|邮码|区号邮编", "postcode|postal code|post code|zip|zip ?code|zipcode"
    ),
    label="邮编:",
)
QQ_ID = LabelledNumber(
    kind="qq_id",
    form=re.compile(r"[1-9][0-9]{4,10}"),
    lengths=range(5, 12),
    before=label_of("企鹅|扣扣", r"qq(?:群|邮箱)?"),
    label="QQ:",
    score=0.96,
)
