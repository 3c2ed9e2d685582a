"""One file per step that masks a column."""
