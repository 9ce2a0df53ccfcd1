"""Django's usual entry point; `kajing COMMAND` is the same."""

import sys

from kajing.config.cli import main

if __name__ == "__main__":
    sys.exit(main())
