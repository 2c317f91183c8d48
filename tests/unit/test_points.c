/*
 * test_points.c - points as people write them, their words, and what an instruction's line says,
 * on a machine that has just been switched on.
 */
#include "frontend/control/control.h"
#include "frontend/control/instruction_line.h"
#include "frontend/control/points.h"
#include "frontend/symbols/symbols.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct log no_log;

static struct vm *machine(void)
{
    struct err e;
    struct vm_config c = {.ram_mb = 2, .log = &no_log};
    struct vm *vm = vm_new(&c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    return vm;
}

START_TEST(ranges)
{
    static const struct {
        const char *text;
        u32 max, first, len;
    } good[] = {
        {"3f8", 0xffff, 0x3f8, 1},      {"3f8-3ff", 0xffff, 0x3f8, 8}, {"any", 0xffff, 0, 0x10000},
        {"21h", 0xff, 0x21, 1},         {"0x21", 0xff, 0x21, 1},       {"FF", 0xff, 0xff, 1},
        {"0-ffff", 0xffff, 0, 0x10000}, {"8h-Fh", 0xff, 8, 8},         {"ffff", 0xffff, 0xffff, 1},
    };
    static const char *const bad[] = {"",   "-",    "3f8-", "-3f8", "3ff-3f8", "10000",
                                      "+1", "port", "3f8 ", " 3f8", "1-2-3",   "fffffffffffffffff"};
    struct vm_point p;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(points_range(good[i].text, good[i].max, &p, &e), "%s", e.text);
        ck_assert_uint_eq(p.lin, good[i].first);
        ck_assert_uint_eq(p.len, good[i].len);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        e.text[0] = 0;
        ck_assert_msg(!points_range(bad[i], 0xffff, &p, &e), "%s", bad[i]);
        ck_assert(e.text[0]);
    }
    ck_assert(!points_range("100", 0xff, &p, &e));
}
END_TEST

START_TEST(addresses_and_conditions)
{
    struct vm *vm = machine();
    struct vm_point p = {.kind = VM_POINT_EXECUTE};
    struct err e;
    ck_assert(points_address(vm, "f000:e05b", &p, &e) && p.lin == 0xfe05b && !p.far);
    ck_assert(points_address(vm, "0x7c00 + 4", &p, &e) && p.lin == 0x7c04);
    ck_assert(points_address(vm, "cs:eip", &p, &e) && p.lin == 0xffff0);
    ck_assert(!points_address(vm, "p:0x7c00", &p, &e) && strstr(e.text, "linear"));
    ck_assert(!points_address(vm, "7c00h", &p, &e));
    /* Symbols: known with a machine only, and registers come first. */
    static const char map[] = "00007c10 T main\n00007c20 t .loop@4\n00000001 T ax\n";
    struct symbols *names = symbols_new();
    struct control c = {.vm = vm, .symbols = names};
    ck_assert(symbols_read(names, "map", (const u8 *)map, sizeof(map) - 1, 0, &e));
    ck_assert(points_place(&c, "main", &p, &e) && p.lin == 0x7c10);
    ck_assert(points_place(&c, ".loop@4 + 2*2", &p, &e) && p.lin == 0x7c24);
    ck_assert(points_place(&c, "ax", &p, &e) && p.lin == 0);
    ck_assert(!points_place(&c, "mai", &p, &e) && strstr(e.text, "no symbol mai"));
    ck_assert(!points_place(&c, "$main", &p, &e) && strstr(e.text, "no register"));
    ck_assert(points_address(NULL, "main + 4", &p, &e));
    ck_assert(!points_address(vm, "main", &p, &e) && strstr(e.text, "-symbols"));
    symbols_free(names);
    ck_assert_str_eq(points_condition("if eax == 5", &e), "eax == 5");
    ck_assert_str_eq(points_condition("if(1)", &e), "(1)");
    ck_assert_str_eq(points_condition("byte[0x417] & 3", &e), "byte[0x417] & 3");
    ck_assert_ptr_null(points_condition("if", &e));
    ck_assert_ptr_null(points_condition("if eax =", &e));
    struct err why;
    ck_assert(vm_free(vm, &why));
}
END_TEST

static void says(const struct vm_point *p, const char *text, const char *words)
{
    char out[160];
    struct control_point c = {.used = true, .point = *p, .text = (char *)(uintptr_t)text};
    points_words(&c, out, sizeof(out));
    ck_assert_str_eq(out, words);
}

START_TEST(words)
{
    char out[160];
    struct vm_point port = {.kind = VM_POINT_PORT, .lin = 0x3f8, .len = 8, .how = VM_PORT_OUT};
    says(&(struct vm_point){.lin = 0x7c00}, NULL, "breakpoint at 00007c00");
    says(&(struct vm_point){.lin = 0x7c00, .far = true, .sel = 8}, NULL,
         "breakpoint at 00007c00, while CS is 0008");
    says(&port, NULL, "port 03f8-03ff, out");
    says(&(struct vm_point){.kind = VM_POINT_VECTOR, .len = 256, .how = 7}, NULL,
         "vector any, exceptions and interrupts and INT n");
    says(&(struct vm_point){.kind = VM_POINT_VECTOR, .lin = 0x21, .len = 1, .how = 4}, NULL,
         "vector 21, INT n");
    says(&(struct vm_point){.kind = VM_POINT_SCREEN}, "A:\\>", "\"A:\\>\" on the screen");
    struct vm_point_hit h = {
        .point = port, .lin = 0x3f8, .len = 1, .how = VM_PORT_OUT, .value = 0x41};
    points_hit_words(&h, out, sizeof(out));
    ck_assert_str_eq(out, "port 03f8: out 41");
    h = (struct vm_point_hit){
        {.kind = VM_POINT_VECTOR}, .lin = 14, .how = VM_VECTOR_FAULT, .value = 2};
    points_hit_words(&h, out, sizeof(out));
    ck_assert_str_eq(out, "exception 0e (#PF), code 2");
    h = (struct vm_point_hit){{.kind = VM_POINT_MODE}, .value = VM_MODE_PE | VM_MODE_CODE32};
    points_hit_words(&h, out, sizeof(out));
    ck_assert_str_eq(out, "protected mode, 32-bit code, ring 0; before: real mode, 16-bit code");
}
END_TEST

/* ---- instructions ---- */

/* The processor stands before these bytes, with these registers; what is said of them. */
static void notes(struct vm *vm, const char *code, unsigned len, u32 eflags, const char *text,
                  const char *expected)
{
    struct vm_registers r;
    struct vm_instruction i;
    struct err e;
    char out[200];
    u8 nop[16];
    memset(nop, 0x90, sizeof(nop));
    vm_linear_write(vm, 0x7c00, nop, sizeof(nop));
    ck_assert_uint_eq(vm_linear_write(vm, 0x7c00, code, len), len);
    vm_registers(vm, &r);
    r.seg[VM_CS].sel = 0;
    r.seg[VM_SS].sel = 0x100;
    r.eip = 0x7c00;
    r.eflags = eflags | 2;
    r.gpr[VM_EAX] = 0x12345678;
    r.gpr[VM_ECX] = 1;
    r.gpr[VM_EDX] = 0x3f8;
    r.gpr[VM_EBX] = 0x500;
    r.gpr[VM_ESP] = 0x20;
    r.gpr[VM_ESI] = 0x600;
    r.gpr[VM_EDI] = 0x700;
    ck_assert_msg(vm_set_registers(vm, &r, &e), "%s", e.text);
    ck_assert_uint_eq(vm_instruction_now(vm, &i), len);
    ck_assert(i.now);
    ck_assert_str_eq(i.text, text);
    instruction_notes(&i, out, sizeof(out));
    ck_assert_str_eq(out, expected);
    for (size_t size = 0; size < sizeof(out); size++) { /* cut anywhere */
        char less[sizeof(out)];
        memset(less, 'x', sizeof(less));
        instruction_notes(&i, less, size);
        ck_assert(!size || strlen(less) < size);
        ck_assert(less[size] == 'x');
    }
}

START_TEST(what_an_instruction_does)
{
    struct vm *vm = machine();
    struct err e;
    enum { CF = 1, ZF = 0x40 };
    ck_assert_uint_eq(vm_linear_write(vm, 0x500, "\x11\x22\x33\x44", 4), 4);
    ck_assert_uint_eq(vm_linear_write(vm, 0x1020, "\x34\x12", 2), 2);
    ck_assert_uint_eq(vm_linear_write(vm, 0x600, "\x55\x66", 2), 2);
    notes(vm, "\x01\x07", 2, 0, "add [bx], ax",
          "[00000500]=2211 eax=12345678 ebx=0500 -> [00000500]  writes OSZAPC");
    notes(vm, "\x11\xc8", 2, CF, "adc ax, cx",
          "eax=12345678 ecx=0001 -> eax  reads C writes OSZAPC");
    notes(vm, "\x74\x10", 2, ZF, "jz 0x7c12", "reads Z  taken");
    notes(vm, "\x74\x10", 2, 0, "jz 0x7c12", "reads Z  not taken");
    notes(vm, "\xe2\xfe", 2, 0, "loop 0x7c00", "ecx=0001 -> ecx  not taken");
    notes(vm, "\xc3", 1, 0, "ret", "[00001020]=1234 esp=0020 -> esp");
    notes(vm, "\xcf", 1, 0, "iret", "[00001020]=1234  writes OSZAPC");
    notes(vm, "\xa5", 1, 0, "movsw",
          "[00000700]=0000 [00000600]=6655 esi=0600 edi=0700 -> [00000700],esi,edi  reads D");
    notes(vm, "\xd3\xe8", 2, 0, "shr ax, cl", "eax=12345678 ecx=0001 -> eax  writes (OSZAPC)");
    notes(vm, "\xc1\xe8\x04", 3, 0, "shr ax, 0x4", "eax=12345678 -> eax  writes OSZAPC");
    notes(vm, "\x8d\x47\x04", 3, 0, "lea ax, [bx+0x4]", "ebx=0500 -> eax");
    notes(vm, "\xec", 1, 0, "in al, dx", "edx=03f8 -> eax");
    notes(vm, "\xf9", 1, 0, "stc", "writes C");
    notes(vm, "\xfd", 1, 0, "std", "writes D");
    notes(vm, "\x0f\x94\xc0", 3, ZF, "setz al", "-> eax  reads Z  true");
    notes(vm, "\x8b\x0e\xff\xff", 4, 0, "mov cx, [0xffff]", "[0000ffff]=0000 -> ecx");
    struct vm_instruction i;
    ck_assert_uint_eq(vm_instruction(vm, 0xfec00000, 0, true, &i), 0);
    ck_assert_str_eq(i.text, "(not there)");
    ck_assert_uint_eq(vm_instruction(vm, 0x7c01, 0x7c01, false, &i), 1);
    ck_assert(!i.now && !i.values);
    ck_assert(vm_free(vm, &e));
}
END_TEST

START_TEST(flow)
{
    static const struct {
        const char *code;
        unsigned len;
        enum vm_flow flow;
        u32 target; /* 0: not known */
    } cases[] = {
        {"\xe8\x00\x01", 3, VM_FLOW_CALL, 0x1103},
        {"\x9a\x00\x00\x00\x00", 5, VM_FLOW_CALL, 0},
        {"\xff\xd0", 2, VM_FLOW_CALL, 0},
        {"\xcd\x21", 2, VM_FLOW_INTERRUPT, 0},
        {"\xcc", 1, VM_FLOW_INTERRUPT, 0},
        {"\xc2\x04\x00", 3, VM_FLOW_RETURN, 0},
        {"\xcb", 1, VM_FLOW_RETURN, 0},
        {"\xcf", 1, VM_FLOW_IRET, 0},
        {"\xeb\xfe", 2, VM_FLOW_JUMP, 0x1000},
        {"\xff\xe0", 2, VM_FLOW_JUMP, 0},
        {"\x75\x7f", 2, VM_FLOW_BRANCH, 0x1081},
        {"\xe3\x80", 2, VM_FLOW_BRANCH, 0xf82},
        {"\xf3\xa4", 2, VM_FLOW_REPEAT, 0},
        {"\xf2\xae", 2, VM_FLOW_REPEAT, 0},
        {"\xa4", 1, VM_FLOW_NEXT, 0},
        {"\xf3\x90", 2, VM_FLOW_NEXT, 0},
        {"\xf4", 1, VM_FLOW_NEXT, 0},
    };
    struct vm *vm = machine();
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_instruction in;
        vm_linear_write(vm, 0x1000, cases[i].code, cases[i].len);
        ck_assert_uint_eq(vm_instruction(vm, 0x1000, 0x1000, false, &in), cases[i].len);
        ck_assert_msg(in.flow == cases[i].flow, "%s: %d", in.text, in.flow);
        ck_assert_int_eq(in.direct, cases[i].target != 0);
        ck_assert_uint_eq(in.target, cases[i].target);
    }
    ck_assert(vm_free(vm, &e));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("points");
    TCase *t = tcase_create("points");
    tcase_add_test(t, ranges);
    tcase_add_test(t, addresses_and_conditions);
    tcase_add_test(t, words);
    tcase_add_test(t, what_an_instruction_does);
    tcase_add_test(t, flow);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
