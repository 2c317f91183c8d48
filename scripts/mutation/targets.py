"""targets - what is mutated, and which tests should notice. A target:

files      glob patterns of sources
operators  from operators.py
tests      regular expression of ctest's names
build      what of the project these tests need (all of it)
also       further tests, as commands: {tree}, {build} and {ferrite} are replaced
of_file    (source, tests) pairs of regular expressions: the first that fits a source says which of
           the tests can notice its mutants; the map that C's mutants draw for themselves is missing
           in firmware
environment  of the tests
"""
import operators as ops

TARGETS = {
    "state": {
        "files": ["hw/*/*.c", "cpu/cpu.c", "mmu/*.c"],
        "but": ["hw/base/state.c"],
        "operators": ops.STATE_OPERATORS,
        "tests": r"^unit/(?!test_golden$)",  # old files show each missing field, but no new one
        "environment": {"FERRITE_SAME_INSIDE": "1"},  # tests/unit/same_inside.h
    },
    "decode": {
        "files": ["cpu/decode/decode.c", "cpu/decode/query.c", "cpu/decode/models.c",
                  "cpu/blocks/handlers.c"],
        "operators": ops.C_OPERATORS,
        "tests": r"^(unit/test_(query|blocks|disasm|init)|ops/(rows|zydis))$",
        "build": ["test_query", "test_blocks", "test_disasm", "test_init", "test-rows",
                  "zydis_compare"],
    },
    "mmu": {
        "files": ["mmu/*.c"],
        "operators": ops.C_OPERATORS,
        "build": ["ferrite", "pmode-gen", "pmode_monitor", "test_mmu", "test_tlb", "test_phys",
                  "test_blocks", "test_seg", "test_task", "test_far", "test_debug", "test_init",
                  "test_pc", "test_vm", "test_vm_runs", "fuzz_alias", "fuzz_cpu"],
        "tests": r"^(unit/test_(mmu|tlb|phys|blocks|seg|task|far|debug|init|pc|vm|vm_runs)"
                 r"|fuzz/(alias|cpu)|guest/demo_pmode)$",
        "also": ["{tree}/tests/ops/pmode/compare {build}/tests/pmode-gen {build}/tests/pmode.bin "
                 "{ferrite} 1"],
    },
    "protect": {
        "files": ["cpu/protect/*.c"],
        "but": ["cpu/protect/task.c"],
        "operators": ops.C_OPERATORS,
        "build": ["ferrite", "pmode-gen", "pmode_monitor", "test_seg", "test_task", "test_far",
                  "test_debug", "test_images", "test_init", "test_mmu", "test_blocks", "test_pc",
                  "test_vm", "test_vm_runs", "cvec-run"],
        "tests": r"^(unit/test_(seg|task|far|debug|images|init|mmu|blocks|pc|vm|vm_runs)"
                 r"|guest/demo_pmode|ops/(seg|stack|flow|flow16|fault))$",
        "also": ["{tree}/tests/ops/pmode/compare {build}/tests/pmode-gen {build}/tests/pmode.bin "
                 "{ferrite} 1 2"],
    },
    "tasks": {
        "files": ["cpu/protect/task.c"],
        "operators": ops.C_OPERATORS,
        "build": ["ferrite", "pmode-gen", "pmode_monitor", "test_seg", "test_task", "test_far",
                  "test_debug", "test_init"],
        "tests": r"^(unit/test_(seg|task|far|debug|init)|guest/demo_pmode)$",
        "also": ["{tree}/tests/ops/pmode/compare {build}/tests/pmode-gen {build}/tests/pmode.bin "
                 "{ferrite} 1 2 3 4"],
    },
    "handlers": {
        "files": ["cpu/ops/*.c"],
        "operators": ops.C_OPERATORS,
        "build": ["ferrite", "pmode-gen", "pmode_monitor", "test_seg", "test_far", "test_task",
                  "test_debug", "test_images", "test_blocks", "test_query", "test_init", "test_msr",
                  "test_real", "cvec-run", "test-rows"],
        "tests": r"^(unit/test_(seg|far|task|debug|images|blocks|query|init|msr|real)|guest/demo_pmode"
                 r"|ops/(rows|int|int16|string|string16|seg|stack|stack16|flow|flow16|fault|seq))$",
        "also": ["{tree}/tests/ops/pmode/compare {build}/tests/pmode-gen {build}/tests/pmode.bin "
                 "{ferrite} 1"],
    },
    "fpu": {
        "files": ["cpu/fpu/*.c"],
        "operators": ops.C_OPERATORS,
        "build": ["test_fpu", "test_fpu_soft", "test_sse_approx", "test_images", "test_blocks",
                  "cvec-run", "test-rows"],
        "tests": r"^(unit/test_(fpu|fpu_soft|sse_approx|images|blocks)"
                 r"|ops/(rows|mmx|sse|sse2|ssea|x87|x87t|fault|seq))$",
    },
    "storage": {
        "files": ["hw/storage/*.c", "hw/storage/*/*.c"],
        "operators": ops.C_OPERATORS,
        "build": ["test_" + t for t in
                  "ata atapi atapi_audio atapi_disk atapi_state bad_media cd cd_sound disk disk_errors "
                  "dos_files fdc fdc_state fdc_write floppy floppy_errors folder_disk folder_full "
                  "folder_live folder_names folder_overlay image_kind iso9660 overlay overlay_crash "
                  "served_room share share_cd share_long usb_disk vm_disk".split()],
        "tests": r"^unit/test_(ata|atapi\w*|bad_media|cd|cd_sound|disk|disk_errors|dos_files|fdc\w*"
                 r"|floppy\w*|folder\w*|image_kind|iso9660|overlay|overlay_crash|served_room|share\w*"
                 r"|usb_disk|vm_disk)$",
    },
    "control": {
        "files": ["frontend/control/*.c"],
        "operators": ops.C_OPERATORS,
        "build": ["ferrite"] + ["test_" + t for t in
                                "absent audio console control debugger json keyboard line_in menu "
                                "motion points reply script selection text_keys timeline views "
                                "looks".split()],
        "tests": r"^(unit/test_(absent|audio|console|control|debugger|json|keyboard|line_in|menu|motion"
                 r"|points|reply|script|selection|text_keys|timeline|views|looks)"
                 r"|frontend/(script_words|monitor|qmp|snapshot|rewind))$",
    },
    "bios": {
        "files": ["bios/*.asm"],
        "but": ["bios/font_8x8.asm", "bios/vga_tables.asm", "bios/multiboot.asm"],
        "operators": ops.ASM_OPERATORS,
        "build": ["ferrite"],
        "tests": r"^(frontend/(bios_\w+|disk_views|floppy_drives|floppy_sizes|vbe_more|disk_errors)"
                 r"|guest/(vgabios_int10|vgabios_int10_cirrus_(pci|isa)|freedos_stick_ours"
                 r"|demo_(keyboard|text|mouse|vga12|vga13|timer)"
                 r"|freedos_boot_360K|freedos_boot_1.4MB))$",
        "of_file": [
            (r"vga_cirrus", r"cirrus|vbe_more"),
            (r"vga_(vbe|widetext|pmode|monitor)", r"vgabios|vbe_more|demo_vga"),
            (r"vga", r"vgabios|vbe_more|bios_edges|demo_(text|vga)"),
            (r"/(ata|disk_setup|int13_disk|int13_edd)\.", r"bios_(test|edges|cd)|disk_"),
            (r"/(atapi|int13_cd|eltorito)\.", r"bios_cd"),
            (r"/(fdc|int13_floppy|int13_floppy_io)\.", r"bios_(test|edges|services|cd)|floppy|freedos|disk_"),
            (r"/(acpi|apm|bios32|mptable|pnp|smbios|shadow|pci)\.", r"bios_(tables|test|services)"),
            (r"/(kbc|int09|int16|int16_idle|mouse|int05)\.", r"bios_(keys|test|edges|services)|demo_(keyboard|mouse)"),
            (r".", r"bios_|demo_timer|freedos"),
        ],
    },
}
