/*
 * test_exec_trace.c - cpu/trace.h: lines with values, which instructions are shown, and when; the
 * words of -d that say so (frontend/profile/trace_spec.h).
 */
#include "cpu/trace.h"

#include "cpu_harness.h"
#include "frontend/profile/trace_spec.h"

#include <stdio.h>

struct traced {
    struct rig *r;
    struct log log;
    char *text;
    size_t size;
};

static struct traced start(const char *code, unsigned n)
{
    struct traced t = {.r = rig_new("pentium3")};
    pm_init(t.r, 0);
    put_bytes(t.r, CODE, code, n);
    PUT(t.r, HANDLERS + 16 * 0x30, "\xcf"); /* 30: iret */
    put_gate_at(t.r, IDT + 8 * 0x30, SEL_CODE0, HANDLERS + 16 * 0x30, 0x8e, 0);
    for (unsigned i = 0; i < 8; i++)
        if (i != ESP)
            t.r->c->gpr[i] = i;
    t.log.mask = LOG_EXEC;
    return t;
}

/* Run to HLT, in slices; the lines that were written. free() them. */
static char *lines(struct traced *t, const struct cpu_trace_filter *f, u64 slice)
{
    t->log.out = open_memstream(&t->text, &t->size);
    t->r->c->log = &t->log;
    ck_assert(cpu_trace_set(t->r->c, f));
    for (unsigned i = 0; i < 1000 && !t->r->c->halted; i++)
        cpu_run(t->r->c, cpu_trace_limit(t->r->c, slice));
    ck_assert(t->r->c->halted);
    ck_assert_int_eq(fclose(t->log.out), 0);
    t->r->c->log = NULL;
    rig_free(t->r);
    return t->text;
}

static char *trace(const char *code, unsigned n, const struct cpu_trace_filter *f, u64 slice)
{
    struct traced t = start(code, n);
    return lines(&t, f, slice);
}
#define TRACE(code, f, slice) trace(code, sizeof(code) - 1, f, slice)

static const struct cpu_trace_filter all = {.format = TRACE_VALUES, .stop = UINT64_MAX};

/* A line without its address and bytes. */
static void values(char *text, const char *const *expected, unsigned count)
{
    unsigned n = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        ck_assert_uint_lt(n, count);
        ck_assert_uint_gt(strlen(line), 35);
        /* blanks in a row are for the eye */
        char squeezed[600];
        unsigned k = 0;
        for (const char *c = line + 35; *c; c++)
            if (*c != ' ' || (k && squeezed[k - 1] != ' '))
                squeezed[k++] = *c;
        squeezed[k] = 0;
        ck_assert_str_eq(squeezed, expected[n]);
    }
    ck_assert_uint_eq(n, count);
    free(text);
}

START_TEST(values_that_are_read_and_written)
{
    static const char *const expected[] = {
        "mov ebx, 0x40000 ; -> ebx=00040000",
        "mov dword [ebx+0x4], 0x12345678 ; ebx=00040000 -> [00040004]=12345678",
        "add eax, [ebx+0x4] ; eax=00000000 ebx=00040000 [00040004]=12345678 -> eax=12345678 "
        "fl=-----P-",
        "push eax ; eax=12345678 esp=00030000 -> esp=0002fffc [0002fffc]=12345678",
        "pop ecx ; esp=0002fffc [0002fffc]=12345678 -> ecx=12345678 esp=00030000",
        "inc word [ebx+0x4] ; ebx=00040000 [00040004]=5678 -> fl=------- [00040004]=5679",
        "lea edx, [ebx+eax*2] ; eax=12345678 ebx=00040000 -> edx=246cacf0",
        "call 0x10020 ; esp=00030000 -> esp=0002fffc [0002fffc]=0001001d to 0008:00010020",
        "ret ; esp=0002fffc [0002fffc]=0001001d -> esp=00030000 to 0008:0001001d",
        "int 0x30 ; -> esp=0002fff4 fl=------- [0002fff4]=00000002000000080001001f to "
        "0008:00020300",
        "iretd ; -> esp=00030000 fl=------- to 0008:0001001f",
        "hlt",
    };
    char *text = TRACE("\xbb\x00\x00\x04\x00"         /* 10000 mov ebx,40000h */
                       "\xc7\x43\x04\x78\x56\x34\x12" /* 10005 mov dword [ebx+4],12345678h */
                       "\x03\x43\x04"                 /* 1000c add eax,[ebx+4] */
                       "\x50\x59"                     /* 1000f push eax; pop ecx */
                       "\x66\xff\x43\x04"             /* 10011 inc word [ebx+4] */
                       "\x8d\x14\x43"                 /* 10015 lea edx,[ebx+eax*2] */
                       "\xe8\x03\x00\x00\x00"         /* 10018 call 10020 */
                       "\xcd\x30\xf4"                 /* 1001d int 30h; hlt */
                       "\xc3",                        /* 10020 ret */
                       &all, 1000);
    values(text, expected, ARRAY_SIZE(expected));
}
END_TEST

START_TEST(strings_branches_and_faults)
{
    char *text = TRACE("\xb9\x02\x00\x00\x00\xbf\x00\x00\x04\x00\xf3\xaa\x49\x78\x02\x90\x90"
                       "\x79\x00\x0f\x0b",
                       &all, 1000);
    ck_assert_ptr_nonnull(strstr(text, "-> ecx=00000001 edi=00040001 [00040000]=00\n"));
    ck_assert_ptr_nonnull(strstr(text, "-> ecx=00000000 edi=00040002 [00040001]=00\n"));
    ck_assert_ptr_nonnull(strstr(text, "-> ecx=ffffffff fl=--S-AP-\n"));
    ck_assert_ptr_nonnull(strstr(text, "-> to 0008:00010011\n"));
    ck_assert_ptr_nonnull(strstr(text, "; fl=--S-AP-\n"));
    ck_assert_ptr_nonnull(strstr(text, "-> exception 06\n"));
    free(text);
}
END_TEST

/* ---- which ---- */

/* Ten NOPs and HLT: at which of them is there a line? */
static unsigned shown(const struct cpu_trace_filter *f, u64 slice)
{
    char *text = TRACE("\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\xf4", f, slice);
    unsigned bits = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        bits |= 1u << (strtoul(line + 5, NULL, 16) - CODE);
    free(text);
    return bits;
}

static const u64 slices[] = {1000, 1, 3};

START_TEST(filters_and_conditions)
{
    u64 slice = slices[_i];
    struct cpu_trace_filter f = all;
    ck_assert_uint_eq(shown(&f, slice), 0x7ff);
    f.ranges = 2;
    f.range[0].first = f.range[0].last = CODE + 1;
    f.range[1].first = CODE + 4;
    f.range[1].last = CODE + 6;
    ck_assert_uint_eq(shown(&f, slice), 0x72);
    f = all;
    f.modes = TRACE_REAL | TRACE_V86 | TRACE_PROT16;
    ck_assert_uint_eq(shown(&f, slice), 0);
    f.modes = TRACE_PROT32;
    ck_assert_uint_eq(shown(&f, slice), 0x7ff);
    f.rings = 1 << 3;
    ck_assert_uint_eq(shown(&f, slice), 0);
    f.rings = 1 << 0;
    ck_assert_uint_eq(shown(&f, slice), 0x7ff);
    f = all;
    f.start = 3;
    f.stop = 5;
    ck_assert_uint_eq(shown(&f, slice), 0x18);
    f = all;
    f.has_from = true;
    f.from = CODE + 6;
    ck_assert_uint_eq(shown(&f, slice), 0x7c0);
    f.has_to = true;
    f.to = CODE + 8;
    ck_assert_uint_eq(shown(&f, slice), 0xc0);
    f.stop = 7;
    ck_assert_uint_eq(shown(&f, slice), 0x40);
}
END_TEST

/* From an address on, and until another one, in each round of a loop. */
START_TEST(again_and_again)
{
    struct cpu_trace_filter f = all;
    f.has_from = f.has_to = true;
    f.from = CODE + 6;
    f.to = CODE + 7;
    /* mov ecx,3; nop; nop; nop; loop 10005; hlt */
    char *text = TRACE("\xb9\x03\x00\x00\x00\x90\x90\x90\xe2\xfb\xf4", &f, 1000);
    unsigned n = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1, n++)
        ck_assert_uint_eq(strtoul(line + 5, NULL, 16), CODE + 6);
    ck_assert_uint_eq(n, 3);
    free(text);
}
END_TEST

/* From an instruction on that cannot be fetched: what is shown is its handler. */
START_TEST(from_a_fetch_that_faults)
{
    static const u64 slice[] = {1, 1000};
    struct cpu_trace_filter f = all;
    f.has_from = true;
    f.from = 0x70000;
    for (unsigned k = 0; k < 2; k++) {
        struct traced t = start("\x90\xe9\xfa\xff\x05\x00", 6); /* nop; jmp 70000h */
        for (u32 i = 0; i < 256; i++)
            wr32(t.r, 0x81000 + 4 * i, i << 12 | (i != 0x70 ? 3 : 0));
        wr32(t.r, 0x80000, 0x81003);
        mmu_set_cr3(&t.r->c->mmu, 0x80000);
        mmu_set_cr0(&t.r->c->mmu, t.r->c->mmu.cr0 | CR0_PG);
        char *text = lines(&t, &f, slice[k]);
        unsigned n = 0;
        for (const char *line = text; *line; line = strchr(line, '\n') + 1, n++)
            ck_assert_uint_eq(strtoul(line + 5, NULL, 16), HANDLERS + 16 * VEC_PF);
        ck_assert_uint_eq(n, 1);
        free(text);
    }
}
END_TEST

START_TEST(other_forms)
{
    struct cpu_trace_filter f = all;
    f.format = TRACE_PLAIN;
    f.stop = 1;
    char *text = TRACE("\x40\xf4", &f, 1000);
    ck_assert_str_eq(text, "0008:00010000 40                   inc eax\n");
    free(text);
    f.format = TRACE_BOCHS;
    text = TRACE("\x40\xf4", &f, 1000);
    ck_assert_str_eq(text, "(0).[0] [0x000000010000] 0008:0000000000010000 (unk. ctxt): inc eax    "
                           "               ; 40\n");
    free(text);
    f.format = TRACE_QEMU;
    text = TRACE("\x40\xf4", &f, 1000);
    ck_assert_str_eq(text, "Trace 0: 0x0 [00000000/00010000]\n");
    free(text);
}
END_TEST

/* On by hand, whatever is awaited. */
START_TEST(by_command)
{
    struct cpu_trace_filter f = all;
    struct traced t = start("\x90\x90\x90\x90\xf4", 5);
    f.start = 1000;
    t.log.out = open_memstream(&t.text, &t.size);
    t.r->c->log = &t.log;
    ck_assert(cpu_trace_set(t.r->c, &f));
    cpu_run(t.r->c, 1);
    ck_assert(cpu_trace_say(t.r->c, true));
    cpu_run(t.r->c, 2);
    ck_assert(cpu_trace_say(t.r->c, false));
    cpu_run(t.r->c, 10);
    ck_assert_int_eq(fclose(t.log.out), 0);
    ck_assert_str_eq(t.text, "0008:00010001 90                   nop\n"
                             "0008:00010002 90                   nop\n");
    free(t.text);
    t.r->c->log = NULL;
    rig_free(t.r);
}
END_TEST

/* ---- words ---- */

START_TEST(words)
{
    static const char map[] = "0000:7c00 boot\n0000:7c20 a-b\n";
    struct err e;
    struct vm_exec_trace t;
    struct symbols *s = symbols_new();
    ck_assert(symbols_read(s, "map", (const u8 *)map, sizeof(map) - 1, 0, &e));
    ck_assert_msg(
        trace_spec_parse(&t,
                         "format=qemu,range=0x10-0x20,range=7c0:5-a-b,range=boot,mode=v86,"
                         "mode=real,cpl=0,cpl=3,start=5,stop=0x10,from=boot,to=f000:fff0",
                         s, &e),
        "%s", e.text);
    ck_assert_int_eq(t.format, VM_TRACE_QEMU);
    ck_assert_uint_eq(t.ranges, 3);
    ck_assert(t.range[0].first == 0x10 && t.range[0].last == 0x20);
    ck_assert(t.range[1].first == 0x7c05 && t.range[1].last == 0x7c20);
    ck_assert(t.range[2].first == 0x7c00 && t.range[2].last == 0x7c00);
    ck_assert_uint_eq(t.modes, VM_TRACE_REAL | VM_TRACE_V86);
    ck_assert_uint_eq(t.rings, 9);
    ck_assert(t.start == 5 && t.stop == 16);
    ck_assert(t.has_from && t.from == 0x7c00 && t.has_to && t.to == 0xffff0);
    ck_assert(trace_spec_parse(&t, "", NULL, &e));
    ck_assert(t.format == VM_TRACE_VALUES && t.stop == UINT64_MAX && !t.ranges);
    symbols_free(s);
}
END_TEST

START_TEST(wrong_words)
{
    static const struct {
        const char *words, *why;
    } wrong[] = {
        {"format=gdb", "ferrite, plain, qemu or bochs"},
        {"range=", "FIRST-LAST"},
        {"range=5-", "FIRST-LAST"},
        {"range=9-5", "below the first"},
        {"range=-5", "FIRST-LAST"},
        {"range=100000000-100000001x", "FIRST-LAST"},
        {"mode=smm", "real, v86, prot16 or prot32"},
        {"cpl=4", "0 to 3"},
        {"cpl=", "0 to 3"},
        {"start=-1", "number of instructions"},
        {"start=1x", "number of instructions"},
        {"start=7,stop=7", "nothing is left"},
        {"from=nobody", "symbol of -symbols"},
        {"to=1:2:3", "linear address"},
        {"exec", "-d help"},
        {"fro=1", "-d help"},
    };
    struct err e;
    struct vm_exec_trace t;
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_msg(!trace_spec_parse(&t, wrong[i].words, NULL, &e), "%s", wrong[i].words);
        ck_assert_ptr_eq(strstr(e.text, "-d "), e.text);
        ck_assert_msg(strstr(e.text, wrong[i].why) != NULL, "%s", e.text);
    }
    char many[2000] = "";
    for (unsigned i = 0; i < 17; i++)
        strcat(many, "range=1-2,");
    ck_assert(!trace_spec_parse(&t, many, NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "more than 16"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("exec_trace");
    TCase *t = tcase_create("exec_trace");
    tcase_add_test(t, values_that_are_read_and_written);
    tcase_add_test(t, strings_branches_and_faults);
    tcase_add_loop_test(t, filters_and_conditions, 0, ARRAY_SIZE(slices));
    tcase_add_test(t, again_and_again);
    tcase_add_test(t, from_a_fetch_that_faults);
    tcase_add_test(t, other_forms);
    tcase_add_test(t, by_command);
    tcase_add_test(t, words);
    tcase_add_test(t, wrong_words);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
