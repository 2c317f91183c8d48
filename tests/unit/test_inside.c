/*
 * test_inside.c - looking inside a machine by commands: expressions and addresses, memory in all
 * formats, registers and mode in words, descriptor and page tables (each level, and why it
 * refuses), interrupts and why none is taken, PCI; spellings of QEMU's monitor; that nothing of it
 * is felt.
 */
#include "frontend/control/control.h"
#include "frontend/control/expression.h"
#include "hw/machine/vm_inspect.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rig {
    struct vm *vm;
    struct control c;
    char *text; /* of the last answer, or why there is none */
};

/*
 * A boot sector that waits with interrupts off until byte 600h is 1, then loads GDTR from 9000h,
 * and turns paging on with tables at 1000h if byte 601h is 1.
 */
static const u8 boot[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8,             /* cli; xor ax, ax; mov ds, ax */
    0x80, 0x3e, 0x00, 0x06, 0x01, 0x75, 0xf9, /* wait: cmp byte [600h], 1; jne wait */
    0x0f, 0x01, 0x16, 0x00, 0x90,             /* lgdt [9000h] */
    0x80, 0x3e, 0x01, 0x06, 0x01, 0x75, 0x1d, /* cmp byte [601h], 1; jne end */
    0x0f, 0x20, 0xe0, 0x66, 0x83, 0xc8, 0x10, /* mov eax, cr4; or eax, 10h */
    0x0f, 0x22, 0xe0,                         /* mov cr4, eax */
    0x66, 0xb8, 0x00, 0x10, 0x00, 0x00,       /* mov eax, 1000h */
    0x0f, 0x22, 0xd8, 0x0f, 0x20, 0xc0,       /* mov cr3, eax; mov eax, cr0 */
    0x66, 0x0d, 0x01, 0x00, 0x01, 0x80,       /* or eax, 80010001h */
    0x0f, 0x22, 0xc0,                         /* mov cr0, eax */
    0xeb, 0xfe,                               /* end: jmp end */
};

static struct rig rig_new(void)
{
    static u8 disk[163840];
    memcpy(disk, boot, sizeof(boot));
    disk[510] = 0x55;
    disk[511] = 0xaa;
    struct vm_config config = {.ram_mb = 4, .floppy[0] = {.bytes = disk, .size = sizeof(disk)}};
    struct rig r = {.vm = vm_new(&config, NULL)};
    struct vm_registers v = {.eip = 0};
    ck_assert_ptr_nonnull(r.vm);
    control_init(&r.c, r.vm);
    for (int i = 0; i < 500 && (v.eip < 0x7c05 || v.eip > 0x7c0b || v.seg[VM_CS].sel); i++) {
        vm_run(r.vm, vm_now(r.vm) + 20 * NS_PER_MS);
        vm_registers(r.vm, &v);
    }
    ck_assert_uint_eq(v.seg[VM_CS].base, 0); /* the boot sector runs */
    vm_run(r.vm, vm_now(r.vm) + 200 * NS_PER_MS);
    return r;
}

/* The boot sector goes on. */
static void go(struct rig *r, bool paging)
{
    const u8 flags[] = {1, paging};
    vm_linear_write(r->vm, 0x600, flags, 2);
    vm_run(r->vm, vm_now(r->vm) + NS_PER_MS);
}

static void rig_free(struct rig *r)
{
    control_free(&r->c);
    vm_free(r->vm, NULL);
    free(r->text);
}

/* The line is done; its answer as text. */
static bool ask(struct rig *r, const char *line)
{
    struct request q;
    struct reply reply;
    struct call call;
    struct err e = {""};
    size_t len;
    u64 before, after;
    free(r->text);
    r->text = NULL;
    reply_init(&reply);
    bool ok = request_parse(&q, NULL, line, strlen(line), &e) && q.row;
    if (ok) {
        vm_state_hash(r->vm, &before, NULL);
        call_begin(&call, &r->c, CLIENT_MONITOR, &q, &reply);
        ok = call_step(&call) == COMMAND_DONE;
        e = call.error;
        vm_state_hash(r->vm, &after, NULL);
        ck_assert_msg(before == after || (q.row->flags & COMMAND_INPUT), "%s is felt", line);
    }
    FILE *f = open_memstream(&r->text, &len);
    if (ok)
        call_write_text(&call, f);
    else
        fputs(e.text, f);
    fclose(f);
    ck_assert_msg(ok || r->text[0], "%s fails in silence", line);
    reply_free(&reply);
    request_free(&q);
    return ok;
}

static void says(struct rig *r, const char *line, const char *what)
{
    ck_assert_msg(ask(r, line), "%s: %s", line, r->text);
    ck_assert_msg(strstr(r->text, what), "%s: no \"%s\" in\n%s", line, what, r->text);
}

static void fails(struct rig *r, const char *line, const char *what)
{
    ck_assert_msg(!ask(r, line), "%s: %s", line, r->text);
    ck_assert_msg(strstr(r->text, what), "%s: no \"%s\" in\n%s", line, what, r->text);
}

START_TEST(expressions_are_c)
{
    static const struct {
        const char *text;
        s64 value;
    } good[] = {
        {"0", 0},
        {"0x10 + 010", 24},
        {"1 + 2 * 3 - 4 / 2 % 3", 5},
        {"-(1 + 2)", -3},
        {"~0 & 0xff ^ 0x0f | 0x100", 0x1f0},
        {"1<<4|1", 17},
        {"1 << 64", 0},
        {"- - -1", -1},
        {"0xffffffffffffffff", -1},
        {"1 < 2 == 1 && 3 >= 3", 1},
        {"1 << 2 <= 4 || 0", 1},
        {"-1 < 0 && !0 && !(5 > 6)", 1},
        {"2 != 2 | 4", 4},
        {"1 & 3 == 3", 1},
        {"0 && 1 || 2", 1},
    };
    static const char *const bad[] = {
        "",
        " ",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "$nothing",
        "$eaxx",
        "1/0",
        "1 % 0",
        "08",
        "0x",
        "a",
        "1 = 1",
        "1 <> 2",
        "1 =< 2",
        "word[1",
        "word 1",
        "byte[]",
        "byte[0xfec00000]",
        "qword[0]",
        "!",
        "1 ** 2",
        "$",
        "99999999999999999999",
        "0x8000000000000000 / -1",
    };
    struct rig r = rig_new();
    struct err e;
    s64 value;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(expression_value(r.vm, good[i].text, &value, &e), "%s", e.text);
        ck_assert_msg(value == good[i].value, "%s: %lld", good[i].text, (long long)value);
        ck_assert(expression_value(NULL, good[i].text, &value, NULL));
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        e.text[0] = 0;
        ck_assert_msg(!expression_value(r.vm, bad[i], &value, &e), "%s", bad[i]);
        ck_assert(e.text[0]);
    }
    char deep[2000] = "";
    memset(deep, '(', sizeof(deep) - 1);
    ck_assert(!expression_value(NULL, deep, &value, &e));
    memset(deep, '-', sizeof(deep) - 1);
    ck_assert(!expression_value(NULL, deep, &value, &e));
    for (size_t i = 0; i + 5 < sizeof(deep); i += 5)
        memcpy(deep + i, "byte[", 5);
    ck_assert(!expression_value(NULL, deep, &value, &e));
    struct vm_registers v;
    vm_registers(r.vm, &v);
    ck_assert(expression_value(r.vm, "$esp * 2 + $SP - $cs", &value, &e));
    ck_assert_int_eq(value, (s64)v.gpr[VM_ESP] * 2 + (v.gpr[VM_ESP] & 0xffff) - v.seg[VM_CS].sel);
    /* Without a $, and memory. */
    ck_assert(expression_value(r.vm, "esp * 2 + SP - cs", &value, &e));
    ck_assert_int_eq(value, (s64)v.gpr[VM_ESP] * 2 + (v.gpr[VM_ESP] & 0xffff) - v.seg[VM_CS].sel);
    ck_assert_uint_eq(vm_linear_write(r.vm, 0x8000, "\x78\x56\x34\xf2", 4), 4);
    ck_assert(expression_value(r.vm, "dword[0x8000] - word [0x7fff + 1]+byte[0x8003]", &value, &e));
    ck_assert_int_eq(value, 0xf2345678ll - 0x5678 + 0xf2);
    ck_assert(expression_value(NULL, "1 / eax % byte[5]", &value, &e)); /* is written well */
    ck_assert(!expression_value(NULL, "1 / (2 - 2)", &value, &e));
    struct address a;
    ck_assert(expression_address(r.vm, "cs:eip", &a, &e) && a.sel == v.seg[VM_CS].sel);
    ck_assert(expression_address(r.vm, "f000:fff0", &a, &e));
    ck_assert(a.based && a.value == 0xffff0 && a.offset == 0xfff0);
    ck_assert(expression_address(r.vm, "$cs:$eip", &a, &e));
    ck_assert(a.value == v.seg[VM_CS].base + v.eip);
    ck_assert(expression_address(r.vm, "p:0x10 + 1", &a, &e));
    ck_assert(a.physical && a.value == 0x11);
    ck_assert(!expression_address(r.vm, "12345:0", &a, &e));
    ck_assert(!expression_address(r.vm, "f000:", &a, &e));
    ck_assert(!expression_address(r.vm, ":0", &a, &e));
    ck_assert(!expression_address(r.vm, "f000:0:1", &a, &e));
    rig_free(&r);
}
END_TEST

START_TEST(hexadecimal_as_others_write_it)
{
    static const char *const text[] = {"7c00", "7c00h", "10h"};
    struct err e;
    s64 value;
    for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
        ck_assert(!expression_value(NULL, text[i], &value, &e));
        ck_assert_ptr_nonnull(strstr(e.text, "hexadecimal ones begin with 0x"));
    }
    ck_assert(!expression_value(NULL, "12xyz", &value, &e));
    ck_assert_ptr_null(strstr(e.text, "hexadecimal"));
}
END_TEST

START_TEST(memory_is_shown_in_every_format)
{
    static const u8 bytes[] = {0x41, 0xff, 0x01, 0x80, 0x78, 0x56, 0x34, 0x12, 0x90, 0xcd, 0x10};
    struct rig r = rig_new();
    ck_assert_uint_eq(vm_linear_write(r.vm, 0x8000, bytes, sizeof(bytes)), sizeof(bytes));
    says(&r, "x 0x8000", "00008000: 0x8001ff41\n");
    says(&r, "x/2xw 0x8000", "00008000: 0x8001ff41 0x12345678\n");
    says(&r, "x /4xb 0x8000", "00008000: 0x41 0xff 0x01 0x80\n");
    says(&r, "x 0x7ff0 + 16 /2dh", "00008000: -191 -32767\n");
    says(&r, "xp/2ub 0x8000", "p:00008000: 65 255\n");
    says(&r, "x p:0x8000 /1ob", "p:00008000: 0101\n");
    says(&r, "x/2c 0x8000", "'A' '\\xff'\n");
    says(&r, "x/2i 0x8008", "00008008: ");
    says(&r, "x/2i 800:8", "800:00000008: ");
    ck_assert_ptr_nonnull(strstr(r.text, "int"));
    says(&r, "x/9xw 0x8000", "00008010: ");
    says(&r, "x \"0x8000\" /1xb", "0x41");
    says(&r, "p 1 + 2", "0x3\n");
    says(&r, "print/d 0 - 5", "-5\n");
    says(&r, "p/c 65", "'A'\n");
    fails(&r, "x", "wants an address");
    fails(&r, "x/4z 0", "is no format");
    fails(&r, "x/0xw 0", "can be shown");
    fails(&r, "x/99999xw 0", "can be shown");
    fails(&r, "x/4xw", "wants an address");
    fails(&r, "x 1 +", "cut off");
    says(&r, "x/2xg 0x8000", "00008000: 0x123456788001ff41 ");
    says(&r, "x/1tb 0x8001", "00008001: 11111111\n");
    says(&r, "x/2tg 0x8000", "00010010001101000101011001111000");
    says(&r, "x/2s 0x8000",
         "00008000: \"A\\xff\\x01\\x80xV4\\x12\\x90\\xcd\\x10\"\n0000800c: \"\"\n");
    says(&r, "xp/1i 0x8009", "p:00008009: int 0x10\n");
    says(&r, "xp/2xh 0xb8000", "p:000b8000: 0x"); /* the display's window, as x sees it */
    says(&r, "p/t 5", "00000101\n");
    says(&r, "p/t 256", "0000000100000000\n");
    says(&r, "p 'a' + 1", "0x62\n");
    says(&r, "p $cs.base + $cs.limit", "0xffff\n");
    says(&r, "p $pc - $eip", "0x0\n");
    fails(&r, "p 'ab'", "one character");
    fails(&r, "p $cs.sel", "no register");
    fails(&r, "x 0xf0000000", "no memory can be read at linear f0000000");
    char path[] = "/tmp/ferrite-inside-XXXXXX", line[100], got[sizeof(bytes)];
    close(mkstemp(path));
    static const char *const rows[] = {"memsave", "pmemsave"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(line, sizeof(line), "%s 0x8000 %zu %s", rows[i], sizeof(bytes), path);
        says(&r, line, "11 bytes");
        FILE *f = fopen(path, "rb");
        ck_assert_uint_eq(fread(got, 1, sizeof(got), f), sizeof(bytes));
        fclose(f);
        ck_assert_int_eq(memcmp(got, bytes, sizeof(bytes)), 0);
    }
    snprintf(line, sizeof(line), "memsave 0x3fff00 0x1000 %s", path);
    fails(&r, line, "no memory can be read at linear 00400000");
    snprintf(line, sizeof(line), "memsave 0xfffffff0 0x11 %s", path);
    fails(&r, line, "16 bytes are left there");
    snprintf(line, sizeof(line), "pmemsave 0xfffffff0 0x10 %s", path);
    says(&r, line, "16 bytes are in");
    unlink(path);
    rig_free(&r);
}
END_TEST

START_TEST(text_becomes_instructions)
{
    struct rig r = rig_new();
    says(&r, "assemble 0x8000 mov ax, [bx+2]", "code: 8b4702\n");
    says(&r, "x/1i 0x8000", "mov ax, [bx+0x2]");
    says(&r, "assemble 0x8000 \"jmp over\\ndb 'text'\\nover: hlt\"", "symbols");
    says(&r, "x /7xb 0x8000", "0xeb 0x04 0x74 0x65 0x78 0x74 0xf4");
    /* Addresses are those of the segment. */
    says(&r, "assemble 800:10 dw $", "address: 00008010\n    size: 2\n    code: 1000\n");
    fails(&r, "assemble 0x8000", "wants an instruction");
    fails(&r, "assemble 0x8000 mvo ax, 1", "line 1, column 1: there is no instruction mvo");
    fails(&r, "assemble \"p:0x8000\" nop", "linear");
    fails(&r, "assemble f000:0 nop", "there is no RAM at 0xf0000");
    rig_free(&r);
}
END_TEST

/* Tables at 1000h, 2000h and 3000h: pages of every kind, and a large one. */
static void paging_on(struct rig *r)
{
    static const u32 pde[] = {0x2007, 0x00000083, 0, 0x3005};
    static const u32 pte[] = {0x0003, 0x1003, 0x2002, 0x3001, 0x4007, 0x5005, 0x6003, 0x7003};
    vm_linear_write(r->vm, 0x1000, pde, sizeof(pde));
    vm_linear_write(r->vm, 0x2000, pte, sizeof(pte));
    vm_linear_write(r->vm, 0x3000, pte, sizeof(pte));
    go(r, true);
}

START_TEST(page_tables_explain_themselves)
{
    struct rig r = rig_new();
    says(&r, "page 0x7c00", "paging: off");
    says(&r, "info page 0x7c00", "physical: 00007c00\nmemory: RAM");
    says(&r, "info mem", "paging: off");
    says(&r, "page 0xa0000", "memory: ");
    fails(&r, "page p:0", "needs no page tables");
    paging_on(&r);
    says(&r, "page 0x1234", "index: 1\n    at: 00002004\n");
    says(&r, "page 0x1234", "supervisor write: allowed");
    says(&r, "page 0x1234", "user read: page fault: the PTE is for supervisors");
    says(&r, "page 0x1234", "physical: 00001234");
    says(&r, "page 0x2000", "supervisor read: page fault: the PTE is not present");
    says(&r, "page 0x3000", "supervisor write: page fault: the PTE is read-only");
    says(&r, "page 0x4000", "user write: allowed");
    says(&r, "page 0x5000", "user write: page fault: the PTE is read-only");
    says(&r, "page 0x5000", "user execute: allowed");
    says(&r, "page 0x400000", "page: large");
    says(&r, "page 0x400000", "physical: 00000000");
    says(&r, "page 0x800000", "the PDE is not present");
    says(&r, "page 0xc04000", "supervisor write: page fault: the PDE is read-only");
    fails(&r, "x 0x2000", "page says why");
    says(&r, "mode", "paging on (32 bits, large pages allowed)");
    says(&r, "mode", "protected mode, ring 0");
    says(&r, "info mem",
         "00000000-00001fff: 00002000 bytes -rw\n00003000-00003fff: 00001000 bytes -r-"
         "\n00004000-00004fff: 00001000 bytes urw\n00005000-00005fff: 00001000 "
         "bytes ur-\n00006000-00007fff: 00002000 bytes -rw\n00400000-007fffff: "
         "00400000 bytes -rw\n00c00000-");
    says(&r, "gva2gpa 0x1234", "physical: 00001234");
    says(&r, "tlb", "entries: ");
    says(&r, "tlb", "00007000 supervisor code: 00007000");
    /* A table of 1024 ranges, five times. */
    u32 pde[5], pte[1024];
    for (u32 i = 0; i < ARRAY_SIZE(pte); i++)
        pte[i] = i << 12 | (i & 1 ? 0x3 : 0x1);
    for (u32 i = 0; i < ARRAY_SIZE(pde); i++)
        pde[i] = 0x8003;
    vm_linear_write(r.vm, 0x408000, pte, sizeof(pte));
    vm_linear_write(r.vm, 0x401010, pde, sizeof(pde));
    says(&r, "info mem", "01000000-01000fff: 00001000 bytes -r-\n01001000-01001fff: ");
    says(&r, "info mem", "more: behind these 4096");
    rig_free(&r);
}
END_TEST

START_TEST(registers_and_tables_in_words)
{
    static const u32 gdt[] = {0,      0,          0xffff, 0x00cf9a00, 0xffff,     0x00009300,
                              0x2067, 0x00008901, 0,      0,          0x00081234, 0x5678ee00};
    struct rig r = rig_new();
    says(&r, "mode", "real mode, 16-bit code");
    says(&r, "info registers", "cs: ");
    says(&r, "registers", "eflags: ");
    says(&r, "registers fpu", "st7: ");
    says(&r, "idt", "10: ");
    says(&r, "idt 0x13", "13: ");
    fails(&r, "ldt", "there is no LDT");
    static const u8 pointer[] = {sizeof(gdt) - 1, 0, 0x00, 0x10, 0, 0};
    vm_linear_write(r.vm, 0x1000, gdt, sizeof(gdt));
    vm_linear_write(r.vm, 0x9000, pointer, sizeof(pointer));
    go(&r, false);
    says(&r, "gdt", "0008: 32-bit code, readable, base 00000000 limit ffffffff, DPL 0\n");
    says(&r, "gdt", "0010: data, writable, base 00000000 limit 0000ffff, DPL 0\n");
    says(&r, "gdt", "0018: 32-bit TSS, base 00010000 limit 00002067, DPL 0\n");
    says(&r, "gdt", "0028: 32-bit interrupt gate to 0008:56781234, DPL 3\n");
    says(&r, "gdt 0x13", "0010: ");
    ck_assert_ptr_null(strstr(r.text, "0008"));
    fails(&r, "gdt 0x30", "the table ends before it");
    rig_free(&r);
}
END_TEST

/* As QEMU's monitor has them. */
START_TEST(lines_are_spelled_otherwise)
{
    struct rig r = rig_new();
    says(&r, "info", "page         the command `page`\n");
    says(&r, "info", "pic          two 8259A");
    says(&r, "info registers -a", "cs: ");
    says(&r, "info block", "drive: cd\n");
    says(&r, "info block -v floppy0", "drive: fda\n");
    ck_assert_ptr_null(strstr(r.text, "fdb"));
    says(&r, "info mtree -f", "RAM");
    says(&r, "info irq", "irq: 15\n");
    says(&r, "info irq 1", "irq: 1\n");
    says(&r, "info cpus", "instruction: ");
    says(&r, "info replay", "no states are kept");
    says(&r, "eject -f floppy0", "A: is empty");
    says(&r, "eject floppy0 force", "A: is empty");
    fails(&r, "eject floppy0 now", "nothing is expected");
    static const char *const lines[] = {"change -f floppy0 none.img", "change floppy0 none.img raw",
                                        "change floppy0 \"none.img\" raw read-only",
                                        "change floppy0 none.img raw retain"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        fails(&r, lines[i], "none.img: No such file");
    fails(&r, "screendump none/a.ppm -f gif", "but png or ppm");
    rig_free(&r);
}
END_TEST

START_TEST(interrupts_say_why_they_wait)
{
    struct rig r = rig_new();
    says(&r, "interrupts", "enabled: no");
    says(&r, "interrupts", "next: one is signalled, and interrupts are off (IF is clear)");
    says(&r, "interrupts", "irq: 0\n");
    says(&r, "interrupts", "why: interrupts are off (IF is clear)");
    says(&r, "info pci", "id: 8086:1237");
    says(&r, "info network", "frames sent: 0");
    says(&r, "info clock", "guest ns: ");
    says(&r, "info performance", "instructions: ");
    says(&r, "info blocks", "decoded: ");
    rig_free(&r);
}
END_TEST

/* What was skipped in loops that wait, and then gone back behind, is no part of what was done. */
START_TEST(earlier_states_have_skipped_nothing)
{
    struct rig r = rig_new();
    u8 *bytes;
    size_t size;
    ck_assert(vm_save(r.vm, &bytes, &size, NULL));
    vm_run(r.vm, vm_now(r.vm) + 20000 * NS_PER_MS);
    says(&r, "info performance", "% of the instructions were rounds of loops that wait");
    ck_assert(vm_load(r.vm, bytes, size, NULL));
    ck_assert_uint_gt(vm_skipped(r.vm), vm_instructions(r.vm));
    says(&r, "info performance", "where the time goes");
    ck_assert_msg(!strstr(r.text, "% of the instructions were"), "%s", r.text);
    free(bytes);
    rig_free(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("inside");
    TCase *t = tcase_create("inside");
    tcase_add_test(t, expressions_are_c);
    tcase_add_test(t, hexadecimal_as_others_write_it);
    tcase_add_test(t, memory_is_shown_in_every_format);
    tcase_add_test(t, text_becomes_instructions);
    tcase_add_test(t, page_tables_explain_themselves);
    tcase_add_test(t, registers_and_tables_in_words);
    tcase_add_test(t, lines_are_spelled_otherwise);
    tcase_add_test(t, interrupts_say_why_they_wait);
    tcase_add_test(t, earlier_states_have_skipped_nothing);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
