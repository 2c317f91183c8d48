# shellcheck shell=bash disable=SC2034
# What devices save: each field of each state function is left out once, and the tests of that
# device must see it (tests/unit/roundtrip.h and its like).
mapfile -t files < <(grep -lrE '^ +(state_[a-z0-9]+|timer_state)\(' hw --include='*.c' | LC_ALL=C sort |
    grep -v '^hw/base/state.c$')
mutations=(
    'field forgotten|s/^( +)((state_(bool|u8|u16|u32|u64|s64|int|u16s|u32s|u64s|bytes|memory)|timer_state)\()/\1if (0) \2/'
    'part forgotten|/timer_state/!s/^( +)([a-z0-9_]+_state\()/\1if (0) \2/'
)
build=() tests=
limit=120
check() {
    local one
    export FERRITE_SAME_INSIDE=1  # tests/unit/same_inside.h
    export CK_DEFAULT_TIMEOUT=100 # as under ctest: a busy machine is no failure
    for one in $tests; do
        "tests/$one" || return 1
    done
}
# What a mutant in this file is built and tested with.
choose() {
    local name
    name=$(basename "$1" .c)
    case $name in
    ata | ide) tests='test_ata test_atapi' ;;
    atapi) tests='test_atapi' ;;
    cd_disc | disk | disk_overlay) tests='test_disk test_vm_disk test_ata test_fdc' ;;
    debugports | ferr | port61 | port92) tests='test_ports' ;;
    fdc82077) tests='test_fdc' ;;
    i440fx) tests='test_pci' ;;
    ioapic | lapic) tests='test_apic' ;;
    lpt | uart16550) tests='test_uart' ;;
    multiboot) tests='test_pc test_vm' ;;
    ne2000) tests='test_dp8390 test_rtl8029' ;;
    net_link) tests='test_net' ;;
    piix3 | piix3_ide | piix4_pm) tests='test_piix' ;;
    ps2 | ps2kbd | ps2mouse) tests='test_i8042' ;;
    testdev) tests='test_ports test_vm' ;;
    vga | vga_vbe) tests='test_vga test_vga_vbe test_vga_picture' ;;
    vm | vm_input) tests='test_vm test_vm_alive test_script' ;;
    *) tests=test_$name ;;
    esac
    read -ra build <<<"$tests"
    export tests
}
