"""`python -m runner`: what the launcher `./xinlv` hands over to."""

import sys

from runner.cli import main

if __name__ == "__main__":
    sys.exit(main())
