#!/bin/bash
# package.sh FERRITE - what is installed is all there and starts; the .deb is made, holds the same and
# has no error that Debian's own checks find. What is missing of those checks is said.
set -euo pipefail
ferrite=$1
build=$(dirname "$ferrite")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

DESTDIR=$scratch/root cmake --install "$build" --prefix /usr >"$scratch/log" 2>&1 || {
    cat "$scratch/log"
    exit 1
}
usr=$scratch/root/usr
wanted='bin/ferrite share/applications/ferrite.desktop share/icons/hicolor/scalable/apps/ferrite.svg
share/metainfo/ferrite.metainfo.xml share/man/man1/ferrite.1.gz share/man/man1/ferrite-disk.1.gz
share/bash-completion/completions/ferrite share/zsh/vendor-completions/_ferrite
share/fish/vendor_completions.d/ferrite.fish share/ferrite/ferrite-gdb.py share/doc/ferrite/copyright share/doc/ferrite/changelog.gz'
for file in $wanted; do
    [ -s "$usr/$file" ] || failed "install: no $file"
done
[ "$("$usr/bin/ferrite" -version | head -n 1)" = "$("$ferrite" -version | head -n 1)" ] ||
    failed "the installed program does not start"

check() {
    local tool=$1
    if command -v "$tool" >/dev/null; then
        "$@" >"$scratch/log" 2>&1 || {
            cat "$scratch/log"
            failed "$*"
        }
    else
        echo "not checked, $tool is missing"
    fi
}
check desktop-file-validate "$usr/share/applications/ferrite.desktop"
grep -q '^Exec=ferrite %f$' "$usr/share/applications/ferrite.desktop" || failed "the desktop entry takes no file"
for kind in x-raw-disk-image x-cd-image x-ms-dos-executable; do
    grep -qE "^MimeType=(.*;)?application/$kind;" "$usr/share/applications/ferrite.desktop" ||
        failed "the desktop entry does not open application/$kind"
done
check appstreamcli validate --no-net "$usr/share/metainfo/ferrite.metainfo.xml"

# A sanitizer build's libraries are no package's dependencies.
if command -v dpkg-shlibdeps >/dev/null && ! "$ferrite" -version | grep -q sanitizers; then
    (cd "$build" && cpack -G DEB -B "$scratch/deb") >"$scratch/log" 2>&1 || {
        cat "$scratch/log"
        exit 1
    }
    deb=$(echo "$scratch"/deb/*.deb)
    dpkg-deb -c "$deb" >"$scratch/list"
    for file in $wanted; do
        grep -q " ./usr/$file\$" "$scratch/list" || failed "$(basename "$deb"): no $file"
    done
    dpkg-deb -f "$deb" Depends | grep -qE 'libsdl|libslirp' &&
        failed "a window or a network is a dependency: $(dpkg-deb -f "$deb" Depends)"
    check lintian --fail-on error "$deb"
else
    echo "no package made: dpkg-shlibdeps (dpkg-dev) is missing, or this is a sanitizer build"
fi
exit "$failures"
