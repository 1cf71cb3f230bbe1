"""``python run.py`` runs the benchmark."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Not above: each process that a solve starts reads this file anew, and needs none of it.
    sys.path.append(str(Path(__file__).parents[1] / "support"))
    from bench import main

    sys.exit(main())
