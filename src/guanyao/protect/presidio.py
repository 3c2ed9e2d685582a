"""For those who have Presidio: our recognisers in its analyzer, and its results as our findings.

from presidio_analyzer import AnalyzerEngine
from guanyao.protect.presidio import find_with, recognizers

analyzer = AnalyzerEngine()
for recognizer in recognizers():
    analyzer.registry.add_recognizer(recognizer)
found = find_with(analyzer, text)
"""

from collections.abc import Iterable, Mapping
from typing import Any

from guanyao.protect.finding import Finding
from guanyao.protect.kinds import KINDS, kind_of
from guanyao.protect.scan import find_text
from guanyao.registry import need

LANGUAGES = ("en", "zh")
ENTITIES: Mapping[str, str] = {
    "credit_card": "bank_card",
    "date_of_birth": "birth_date",
    "email_address": "email",
    "iban_code": "iban",
    "ip_address": "ip_address",
    "location": "address",
    "mac_address": "mac_address",
    "organization": "organisation",
    "person": "person_name",
    "phone_number": "phone",
    "us_ssn": "us_ssn",
}
"""Presidio's own entities, in small letters, and our kinds; others keep their name."""


def recognizers(
    *, kinds: Iterable[str] | None = None, languages: Iterable[str] = LANGUAGES
) -> list[Any]:
    """Our recognisers as one Presidio `EntityRecognizer` per language.

    Presidio asks recognisers by language; ours read both in one pass, so that each language has
    one that finds all kinds. Entities are named as our kinds, in capitals: `RESIDENT_ID`.

    Args:
        kinds: Which kinds to look for, default all.
        languages: For which of Presidio's languages, as ISO 639-1 codes.

    Raises:
        MissingExtraError: presidio-analyzer is not installed.
        UnknownNameError: A kind is not known.
    """
    presidio = need("presidio_analyzer")
    wanted = [kind_of(name).name for name in (KINDS if kinds is None else kinds)]

    class GuanyaoRecognizer(presidio.EntityRecognizer):  # type: ignore[misc, name-defined]
        """Finds personal data with Guanyao's recognisers."""

        def load(self) -> None:
            """Load nothing: the recognisers load themselves when they are first asked."""

        def analyze(
            self,
            text: str,
            entities: list[str],
            nlp_artifacts: object = None,
        ) -> list[Any]:
            """The findings in a text, as Presidio's results."""
            asked = [kind for kind in wanted if kind.upper() in entities]
            return [
                presidio.RecognizerResult(f.kind.upper(), f.start, f.end, f.score)
                for f in find_text(text, kinds=asked)
            ]

    entities = [kind.upper() for kind in wanted]
    return [
        GuanyaoRecognizer(
            supported_entities=entities, name=f"Guanyao ({language})", supported_language=language
        )
        for language in languages
    ]


def find_with(analyzer: Any, text: str, *, language: str = "en") -> list[Finding]:  # noqa: ANN401
    """What a Presidio `AnalyzerEngine` finds, as findings.

    Args:
        analyzer: The engine, or anything with its method `analyze`.
        text: Any text.
        language: One of the engine's languages.

    Returns:
        Findings in the order of the text; no two overlap. Their kinds are ours where we have the
        like of Presidio's entity, else its entity in small letters.
    """
    results = analyzer.analyze(text=text, language=language)
    found: list[Finding] = []
    for result in sorted(results, key=lambda one: (-one.score, one.start - one.end, one.start)):
        name = result.entity_type.lower()
        one = Finding(ENTITIES.get(name, name), result.start, result.end, result.score)
        if one.score > 0 and all(one.end <= f.start or f.end <= one.start for f in found):
            found.append(one)
    return sorted(found, key=lambda finding: finding.start)
