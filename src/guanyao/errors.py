"""Every error Guanyao raises on purpose, each with a stable code.

    GuanyaoError
    ├── UserError                          exit 2: the caller can mend it
    │   ├── ConfigError(ValueError)        a setting is out of range or contradicts another
    │   ├── DataError(ValueError)          the data cannot be read, written or used
    │   ├── NotFittedError                 a model is asked for something before `fit`
    │   ├── UnknownNameError(LookupError)  a name is in no table
    │   └── MissingExtraError(ImportError) an optional dependency is not installed
    ├── PrivacyError                       exit 3: going on would break a privacy promise
    │   ├── BudgetExceededError
    │   └── ConsentMissingError
    ├── FilingError                        exit 4: the filing's rules forbid it
    │   ├── TransitionError
    │   ├── EvidenceMissingError
    │   └── DeadlineError
    └── InternalError                      exit 70: a fault of Guanyao itself

A message says what was found, what is allowed and what to do, and never quotes a cell of the data.
"""

from typing import ClassVar


class GuanyaoError(Exception):
    """The root of all errors raised on purpose.

    Args:
        found: What was found.
        allowed: What is allowed instead.
        do: What the reader can do about it.
        code: A stable code finer than the class's own, e.g. "data.empty".
    """

    code: str = "error"
    exit_status: ClassVar[int] = 70

    def __init__(
        self, found: str, *, allowed: str = "", do: str = "", code: str | None = None
    ) -> None:
        super().__init__("; ".join(part for part in (found, allowed, do) if part))
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """The message on one line (LookupError would otherwise quote it)."""
        return " ".join(str(self.args[0]).split())


class UserError(GuanyaoError):
    """The caller asked for something that cannot be done, and can mend it."""

    code = "user"
    exit_status = 2


class ConfigError(UserError, ValueError):
    """A setting is out of range or contradicts another."""

    code = "config"


class DataError(UserError, ValueError):
    """The data cannot be read, written or used as asked."""

    code = "data"


class NotFittedError(UserError):
    """A model is asked for something that only a fitted model can do."""

    code = "not_fitted"


class UnknownNameError(UserError, LookupError):
    """A name is not in the table it was looked up in."""

    code = "unknown_name"


class MissingExtraError(UserError, ImportError):
    """An optional dependency is not installed; the message holds the install line."""

    code = "missing_extra"


class PrivacyError(GuanyaoError):
    """Going on would break a privacy promise."""

    code = "privacy"
    exit_status = 3


class BudgetExceededError(PrivacyError):
    """The act would spend more privacy budget than was granted."""

    code = "privacy.budget"


class ConsentMissingError(PrivacyError):
    """There is no consent for this use of the data."""

    code = "privacy.consent"


class FilingError(GuanyaoError):
    """The rules of the filing forbid the act."""

    code = "filing"
    exit_status = 4


class TransitionError(FilingError):
    """The act is not possible in the present state of the case."""

    code = "filing.transition"


class EvidenceMissingError(FilingError):
    """The act rests on evidence that is missing or stale."""

    code = "filing.evidence"


class DeadlineError(FilingError):
    """The act comes before or after its time."""

    code = "filing.deadline"


class InternalError(GuanyaoError):
    """A fault of Guanyao itself; please report it."""

    code = "internal"
