"""One file per kind of personal data, each with what recognises it."""
