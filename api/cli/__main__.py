"""``python -m api.cli`` is ``twin``."""

from api.cli import main

if __name__ == "__main__":
    main()
