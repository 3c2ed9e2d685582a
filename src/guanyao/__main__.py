"""`python -m guanyao` is the command line."""

import sys

from guanyao.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
