"""How the tables of a room came to be what they are: one revision to a file."""
