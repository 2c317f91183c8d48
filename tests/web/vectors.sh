#!/bin/bash
# vectors.sh - the instruction vectors of tests/ops by the processor as WebAssembly, under node: by the
# interpreter, and by modules that are made before anything runs; then special numbers in x87,
# MMX and SSE, each integer form, and random programs, in both. Before them, files of more than 4 GB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for needed in emcmake node; do
    command -v $needed >/dev/null || { echo "skipped: $needed is missing (apt-get install emscripten)"; exit 77; }
done
mkdir -p build-web
if ! { emcmake cmake -S . -B build-web -Wno-dev &&
    cmake --build build-web --parallel "$(nproc)" --target cvec-run float-tiers int-tiers fuzz_tiers large-file; } >build-web/vectors.log 2>&1; then
    grep -E 'error|Error' build-web/vectors.log | head -n 10 >&2
    exit 1
fi
# Modules run once each: what V8 makes at once is good enough.
run() { node --no-experimental-fetch --liftoff --no-wasm-tier-up "build-web/tests/$1.js" "${@:2}"; }
plain=$(mktemp -d)
trap 'rm -rf "$plain"' EXIT
run large-file "$plain/large"
for file in tests/ops/vectors/*.cvec.gz; do
    name=$(basename "$file" .gz)
    gzip -dc "$file" >"$plain/$name"
    run cvec-run --model pentium4 --exact "$plain/$name"
    run cvec-run --model pentium4 --engine jit --exact "$plain/$name"
done
run float-tiers
run int-tiers 3
run fuzz_tiers -runs 12
for file in "${FERRITE_SHARED:-../shared}"/conformance/*/*.cvec; do
    [ -f "$file" ] || continue
    run cvec-run --model pentium4 "$file"
done
