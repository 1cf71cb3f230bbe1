"""``python run.py`` runs the benchmark."""

import sys

if __name__ == "__main__":
    # Not above: each process that a solve starts reads this file anew, and needs none of it.
    from bench import main

    sys.exit(main())
