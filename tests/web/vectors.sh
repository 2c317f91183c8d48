#!/bin/bash
# vectors.sh - the instruction vectors of tests/ops by the processor as WebAssembly, under node.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for needed in emcmake node; do
    command -v $needed >/dev/null || { echo "skipped: $needed is missing (apt-get install emscripten)"; exit 77; }
done
mkdir -p build-web
if ! { emcmake cmake -S . -B build-web -Wno-dev &&
    cmake --build build-web --parallel "$(nproc)" --target cvec-run; } >build-web/vectors.log 2>&1; then
    grep -E 'error|Error' build-web/vectors.log | head -n 10 >&2
    exit 1
fi
plain=$(mktemp -d)
trap 'rm -rf "$plain"' EXIT
for file in tests/ops/vectors/*.cvec.gz; do
    name=$(basename "$file" .gz)
    gzip -dc "$file" >"$plain/$name"
    node --no-experimental-fetch build-web/tests/cvec-run.js --model pentium4 --exact "$plain/$name"
done
for file in "${FERRITE_SHARED:-../shared}"/conformance/*/*.cvec; do
    [ -f "$file" ] || continue
    node --no-experimental-fetch build-web/tests/cvec-run.js --model pentium4 "$file"
done
