# shellcheck shell=bash
# scratch.bash - what tests begin with, sourced by them: a folder of their own, which is the working
# folder and gone at the end, as are their processes, and what they need of the host.
# shellcheck source=tests/guest/processes.bash
. "$(dirname "${BASH_SOURCE[0]}")/processes.bash"
work=$(mktemp -d)
trap tidy_up EXIT
cd "$work" || exit

# need PROGRAM...: without one of them the test is skipped. PACKAGE:PROGRAM where Debian's package
# has another name.
need() {
    local each
    for each; do
        command -v "${each#*:}" >/dev/null || {
            echo "SKIPPED: needs ${each#*:} (apt-get install ${each%%:*})"
            exit 77
        }
    done
}

# boot_sector NAME: assembles standard input to a 160K floppy NAME.img.
boot_sector() {
    { printf 'org 0x7c00\nbits 16\n' && cat && printf 'times 510-($-$$) db 0\ndw 0xaa55\n'; } >"$1.asm"
    nasm -f bin -o "$1.img" "$1.asm"
    truncate -s 163840 "$1.img"
}
