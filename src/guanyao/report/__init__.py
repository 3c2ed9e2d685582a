"""Turns results into one page a manager can read and one record a machine can read."""
