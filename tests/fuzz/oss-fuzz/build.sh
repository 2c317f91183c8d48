#!/bin/bash -eu
# build.sh - the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: $CC, $CFLAGS and
# $LIB_FUZZING_ENGINE say how, $OUT takes them, with a zip of seeds beside each that has some.
# There, the sources are in $SRC/ferrite; elsewhere this file is among them.
root=${SRC:+$SRC/ferrite}
root=${root:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}
work=${WORK:-$root/build-oss-fuzz}
cmake -S "$root" -B "$work/build" -DFERRITE_TRAMPOLINE=ON -DCMAKE_BUILD_TYPE=None \
    -DFERRITE_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS"
targets=()
for source in "$root"/tests/fuzz/fuzz_*.c; do
    name=${source##*/}
    targets+=("${name%.c}")
done
cmake --build "$work/build" -j "$(nproc)" --target "${targets[@]}"
for target in "${targets[@]}"; do
    cp "$work/build/tests/$target" "$OUT/"
    seeds=$root/tests/fuzz/corpus/${target#fuzz_}
    [ ! -d "$seeds" ] || (cd "$seeds" && zip -qr "$OUT/${target}_seed_corpus.zip" .)
    printf '[libfuzzer]\ndetect_leaks = 0\nrss_limit_mb = 3000\n' >"$OUT/$target.options"
done
