"""The values that must not leave with a dossier: identifiers and direct personal data of a table.

They are read where the training data are, for one search, and go nowhere: neither into the room nor
into a message.
"""

import polars as pl

from guanyao.data.batches import open_batches
from guanyao.errors import ConfigError
from guanyao.protect.byte_scan import is_telling
from guanyao.protect.columns import find_columns

ROLES = ("identifier", "entity")
MAX_VALUES = 5_000_000


def raw_values(source: object) -> frozenset[str]:
    """The telling values of the columns of a table that name persons.

    These are the columns whose role is identifier or entity, and those in which direct personal
    data was found. A value that is too short to be told from chance is left out.

    Args:
        source: The training data, as for `guanyao.data.readers.read`.

    Raises:
        ConfigError: There are more values than can be looked for ("filing.raw_values").
        DataError: The source cannot be read.
    """
    batches = open_batches(source)
    columns = {column.name for column in batches.schema if column.role in ROLES}
    found = find_columns(batches.sample)
    columns |= {f.column for f in found if f.sensitivity == "direct" and not f.in_text}
    values: set[str] = set()
    for frame in batches:
        for name in columns:
            texts = frame[name].cast(pl.String, strict=False).drop_nulls().unique()
            values.update(text.strip() for text in texts.to_list() if is_telling(text.strip()))
        if len(values) > MAX_VALUES:
            raise ConfigError(
                f"the table has more than {MAX_VALUES} values that name persons",
                do="search for the values of a part of its rows at a time",
                code="filing.raw_values",
            )
    return frozenset(values)
