#!/bin/sh
# Writes the lock files anew; needs uv on the PATH or in the environment.
set -e
uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/runtime.txt
uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml -c requirements/runtime.txt -o requirements/dev.txt
