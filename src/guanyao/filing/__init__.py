"""The filing: calendar, workflow profiles and rule packs, as pure rules over plain data."""

PROFILES: dict[str, str] = {
    "notice7": "profiles/notice7.yaml",
    "cn-genai-filing": "profiles/cn-genai-filing.yaml",
    "cn-genai-registration": "profiles/cn-genai-registration.yaml",
    "cn-algorithm-filing": "profiles/cn-algorithm-filing.yaml",
}
"""Workflow profiles -> the file, inside this package, that says who may do what and when."""

PACKS: dict[str, str] = {
    "cn-gbt45654-2025": "packs/cn-gbt45654-2025.yaml",
    "cn-tc260-003-2024": "packs/cn-tc260-003-2024.yaml",
    "cn-gb45438-2025": "packs/cn-gb45438-2025.yaml",
    "cn-interim-measures-2023": "packs/cn-interim-measures-2023.yaml",
    "cn-pipl": "packs/cn-pipl.yaml",
    "cn-mlps": "packs/cn-mlps.yaml",
    "guanyao-commission": "packs/guanyao-commission.yaml",
}
"""Rule packs -> the file, inside this package, that says what is asked for, and where it stands."""
