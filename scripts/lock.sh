#!/usr/bin/env bash
# Write requirements.lock: every package that pyproject.toml asks for, with all extras, pinned and hashed,
# for all Pythons and platforms that we support, and without a word on where the packages came from.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly python=.venv/bin/python

"$python" -m uv --version >/dev/null 2>&1 || "$python" -m pip install --quiet --disable-pip-version-check uv

# uv does not read pip's configuration: hand it over.
pip_setting() { "$python" -m pip config get "$1" 2>/dev/null || true; }
index=${PIP_INDEX_URL:-$(pip_setting global.index-url)}
links=${PIP_FIND_LINKS:-$(pip_setting global.find-links)}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
if [ -n "$links" ]; then export UV_FIND_LINKS=${UV_FIND_LINKS:-$links}; fi

# What builds the package itself is locked as well, since bootstrap.sh builds without isolation.
printf 'hatchling\neditables\n' |
    "$python" -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
        --no-emit-index-url --no-annotate --custom-compile-command 'make lock' \
        "$@" --output-file requirements.lock pyproject.toml -
