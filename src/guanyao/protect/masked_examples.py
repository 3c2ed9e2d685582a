"""Values shown so that nobody is shown: what an inspection prints of the personal data it found.

At most the first and the last character stay, the last only of long values: a telephone number
keeps a billion candidates. A value is never shown whole, and from names, places, addresses and
dates, of which there are few, only the first character is shown.
"""

LONG = 10
"""Characters from which the last one is shown, too."""
MOST_STARS = 20
FIRST_ONLY = frozenset(
    ("person_name", "organisation", "address", "birth_date", "coordinates", "postcode", "email",
     "secret_url", "wechat_id", "ip_address")
)  # fmt: skip
FEW_STARS = 6


def masked(kind: str, value: str) -> str:
    """The value of that kind with nearly all its characters starred.

    Args:
        kind: A name in `guanyao.protect.kinds.KINDS`.
        value: A value.

    Examples:
        >>> masked("mobile_phone", "15400001234"), masked("person_name", "王小明")
        ('1*********4', '王**')
        >>> masked("email", "someone@example.com"), masked("postcode", "1")
        ('s***@***', '*')
    """
    text = " ".join(value.split())
    if len(text) < 2:
        return "*"
    if kind == "email":
        return f"{text[0]}***@***"
    if kind in FIRST_ONLY:
        return text[0] + "*" * min(len(text) - 1, FEW_STARS)
    last = text[-1] if len(text) >= LONG else ""
    return text[0] + "*" * min(len(text) - 1 - len(last), MOST_STARS) + last
