"""One function per verb of the product; the command line, notebooks and services call these."""
