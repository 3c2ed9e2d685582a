"""The memory: what was done, written so that it can be checked later. Holds no personal value."""
