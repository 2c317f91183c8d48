#!/bin/bash
# get.sh FERRITE - ferrite get: the right file is taken from a file, an address, a server that cannot
# go on, and after half of it had come; any other file is refused, and what was there stays.
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache HOME=$work
folder=$work/data/ferrite/.get/freedos
failures=0

fail() {
    echo "FAILED: $1"
    sed 's/^/  /' err
    failures=$((failures + 1))
}

# gets STATUS PATTERN ARGUMENT...
gets() {
    local expected=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$ferrite" get "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "get $*: status $status, expected $expected"
    grep -qE -e "$pattern" out err || fail "get $*: no \"$pattern\""
}

gets 2 '^  freedos '
gets 0 '^  freedos ' -help
gets 2 'did you mean freedos' fredos
gets 2 'one NAME at a time' freedos freedos
gets 2 'unknown option' freedos -frm x
echo nonsense >wrong
gets 1 'is not what it should be: its SHA-256 is [0-9a-f]{64}' freedos -from wrong
gets 1 'No such file' freedos -from missing
gets 1 'it is a folder' freedos -from "$work"
[ ! -e "$folder" ] || fail "a wrong file was put into place"

if [ ! -e "$image" ]; then
    [ "$failures" -eq 0 ] || exit 1
    echo "SKIPPED: the rest needs $image (ferrite get freedos fetches the like)"
    exit 77
fi
gets 0 'General$' freedos -from "$image"
cmp "$image" "$folder/freedos.img" || fail "the image is another one"
grep -q 'GNU General' "$folder/NOTICE.txt" || fail "no licence beside it"
if [ -e /usr/share/common-licenses/GPL-2 ]; then
    cmp /usr/share/common-licenses/GPL-2 "$folder/COPYING" || fail "the licence's text is not beside it"
fi
gets 0 'is there already' freedos
gets 1 'is not what it should be' freedos -again -from wrong
cmp "$image" "$folder/freedos.img" || fail "a wrong file has replaced the right one"
printf x >"$folder/freedos.img"
gets 0 'is in ' -again freedos -from "$image"
cmp "$image" "$folder/freedos.img" || fail "-again has not replaced it"
[ "$(ls "$work/data/ferrite/.get")" = freedos ] || fail "something was left behind"

if command -v curl >/dev/null || command -v wget >/dev/null; then
    gets 1 'cannot be fetched' freedos -again -from http://127.0.0.1:1/x
    if command -v curl >/dev/null; then
        # Half of it is there from an attempt that was cut off; then a half that is another file's.
        mkdir -p cache/ferrite/get
        head -c 700000 "$image" >cache/ferrite/get/freedos.part
        rm -rf "$folder"
        gets 0 'is in ' freedos -from "file://$image"
        cmp "$image" "$folder/freedos.img" || fail "going on has made another file"
        head -c 700000 /dev/zero >cache/ferrite/get/freedos.part
        gets 0 'is in ' freedos -again -from "file://$image"
        cmp "$image" "$folder/freedos.img" || fail "the wrong half was kept"
        cp "$image" cache/ferrite/get/freedos.part # whole, and only not yet in place
        gets 0 'is in ' freedos -again -from "file://$image"
        [ -z "$(ls cache/ferrite/get)" ] || fail "the cache was not emptied"
    fi
    if command -v python3 >/dev/null; then
        cp "$image" served.img
        python3 -u -m http.server --bind 127.0.0.1 0 >server.log 2>&1 &
        for _ in $(seq 900); do
            grep -q 'port [0-9]' server.log && break
            sleep 0.1
        done
        port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' server.log | head -n 1)
        mkdir -p cache/ferrite/get
        head -c 700000 "$image" >cache/ferrite/get/freedos.part
        gets 0 'is in ' freedos -again -from "http://127.0.0.1:$port/served.img"
        cmp "$image" "$folder/freedos.img" || fail "by http: another file"
        gets 1 'cannot be fetched' freedos -again -from "http://127.0.0.1:$port/none"
    fi
fi
[ "$failures" -eq 0 ] || exit 1
echo "what was fetched is what it should be"
