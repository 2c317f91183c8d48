#!/bin/bash
# ending.sh - the end of a run for WebAssembly (frontend/web/ending.c) has all functions that the one
# for other hosts has: a build that nobody makes every day does not link without them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
missing=0
while read -r name; do
    grep -qE "^[a-z].*\b$name\(" frontend/web/ending.c || { echo "frontend/web/ending.c has no $name()"; missing=1; }
done < <(grep -oE '\bending_[a-z]+\(' frontend/control/ending.h | tr -d '(' | sort -u)
${CC:-cc} -std=gnu17 -fsyntax-only -I. frontend/web/ending.c || missing=1
exit $missing
