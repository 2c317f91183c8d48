/*
 * test_images.c - operands of many bytes (x87 environments, FXSAVE images) that lie across two
 * pages: both are looked at before anything is read or written, and the fault names the second.
 * Strings across pages do what their elements do one after another.
 */
#include "tests/unit/cpu_harness.h"

#include "mmu/touch.h"

enum { PD = 0x80000, PT = 0x81000, FIRST = 0x50000, SECOND = 0x51000, AT = SECOND - 0x20 };

static const struct image {
    const char *name, *code; /* with the address in EBX */
    unsigned size;
    bool writes;
} images[] = {
    {"FNSTENV", "\xd9\x33", 28, true},          {"FLDENV", "\xd9\x23", 28, false},
    {"FNSAVE", "\xdd\x33", 108, true},          {"FRSTOR", "\xdd\x23", 108, false},
    {"FXSAVE", "\x0f\xae\x03", 512, true},      {"FXRSTOR", "\x0f\xae\x0b", 512, false},
    {"FSTP m80", "\xdb\x3b", 10, true},         {"FLD m80", "\xdb\x2b", 10, false},
    {"MOVUPS store", "\x0f\x11\x03", 16, true}, {"MOVUPS load", "\x0f\x10\x03", 16, false},
};

static struct rig *paged(void)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    for (u32 i = 0; i < 512; i++)
        wr32(r, PT + 4 * i, i << 12 | 3);
    wr32(r, PD, PT | 3);
    mmu_set_cr4(&r->c->mmu, CR4_OSFXSR);
    mmu_set_cr3(&r->c->mmu, PD);
    mmu_set_cr0(&r->c->mmu, (r->c->mmu.cr0 | CR0_WP | CR0_PG) & ~(CR0_EM | CR0_TS));
    cpu_update_mode(r->c);
    return r;
}

/* Runs the instruction with its last `behind` bytes in the second page, whose entry is `entry`. */
static struct rig *run(const struct image *i, unsigned behind, u32 entry)
{
    struct rig *r = paged();
    u32 at = SECOND + behind - i->size;
    if (i->size == 512)
        at &= ~15u;
    PUT(r, CODE, "\xdb\xe3\xd9\xe8\xd9\xeb"); /* fninit; fld1; fldpi */
    put_bytes(r, CODE + 6, i->code, (unsigned)strlen(i->code));
    PUT(r, CODE + 6 + (u32)strlen(i->code), "\xf4");
    for (u32 k = 0; k < i->size; k++) /* an image without exceptions: zeros, masks set */
        r->phys.ram[at + k] = 0;
    wr16(r, at, 0x037f);
    wr32(r, PT + 4 * (SECOND >> 12), entry);
    r->c->gpr[EBX] = at;
    rig_run(r, 20);
    ck_assert(r->c->halted);
    return r;
}

START_TEST(second_page)
{
    const struct image *i = &images[_i];
    u32 length = (u32)strlen(i->code);
    static const unsigned behind[] = {1, 4, 9};
    /* One that ends with the page has nothing to do with the next. */
    struct rig *whole = run(i, 0, SECOND | 2);
    ck_assert_msg(halted_in(whole) < 0, "%s: vector %d", i->name, halted_in(whole));
    rig_free(whole);
    for (unsigned k = 0; k < ARRAY_SIZE(behind); k++) {
        unsigned n = i->size == 512 ? 16 * behind[k] : behind[k];
        /* Present: done. */
        struct rig *r = run(i, n, SECOND | 3);
        ck_assert_msg(halted_in(r) < 0 && r->c->eip == CODE + 7 + length, "%s", i->name);
        rig_free(r);
        /* Absent: nothing of it is done. */
        r = run(i, n, SECOND | 2);
        ck_assert_msg(halted_in(r) == VEC_PF, "%s: vector %d", i->name, halted_in(r));
        /* FXSAVE looks at the image's last byte before it writes. */
        u32 end = r->c->gpr[EBX] + i->size - 1;
        ck_assert_uint_eq(r->c->cr2, i->size == 512 && i->writes ? end : SECOND);
        ck_assert_uint_eq(rd32(r, r->c->gpr[ESP]), i->writes ? PF_WRITE : 0);
        ck_assert_uint_eq(rd32(r, r->c->gpr[ESP] + 4), CODE + 6);
        u32 at = r->c->gpr[EBX];
        ck_assert_uint_eq(rd16(r, at), 0x037f);
        for (u32 b = at + 2; b < at + i->size; b++)
            ck_assert_msg(r->phys.ram[b] == 0, "%s: byte %u was written", i->name, b - at);
        rig_free(r);
        /* Read-only: matters to those that write. */
        r = run(i, n, SECOND | 1);
        ck_assert_msg(halted_in(r) == (i->writes ? VEC_PF : -1), "%s", i->name);
        if (i->writes)
            ck_assert_uint_eq(rd32(r, r->c->gpr[ESP]), PF_WRITE | PF_PRESENT);
        rig_free(r);
    }
}
END_TEST

/* What is read comes from both pages, which are no neighbours in memory; each is told of. */
START_TEST(contents_of_both_pages)
{
    enum { ELSEWHERE = 0x61000 };
    static const char *const code[] = {"\x0f\x10\x03", "\x0f\x12\x03", "\x8b\x03"};
    static const unsigned size[] = {16, 8, 4}; /* MOVUPS, MOVLPS, MOV EAX */
    for (unsigned i = 0; i < ARRAY_SIZE(code); i++)
        for (unsigned behind = 1; behind < size[i]; behind++) {
            struct rig *r = paged();
            u32 at = SECOND + behind - size[i];
            u8 bytes[16], got[16] = {0};
            for (unsigned k = 0; k < size[i]; k++) {
                bytes[k] = (u8)(0xa1 + k);
                r->phys.ram[at + k < SECOND ? at + k : at + k - SECOND + ELSEWHERE] = bytes[k];
            }
            wr32(r, PT + 4 * (SECOND >> 12), ELSEWHERE | 3);
            put_bytes(r, CODE, code[i], (unsigned)strlen(code[i]));
            PUT(r, CODE + (u32)strlen(code[i]), "\x0f\x11\x05\x00\x00\x04\x00\xf4");
            r->c->gpr[EBX] = at;
            ck_assert(mmu_touch_again(&r->c->mmu, 0));
            rig_run(r, 20);
            ck_assert(r->c->halted && halted_in(r) < 0);
            if (size[i] == 4)
                memcpy(got, &r->c->gpr[EAX], 4);
            else
                phys_read(&r->phys, DATA, got, size[i]);
            ck_assert_mem_eq(got, bytes, size[i]);
            const struct touch *t = mmu_touch(&r->c->mmu);
            ck_assert_uint_eq(t->read[FIRST >> 12], t->interval);
            ck_assert_uint_eq(t->read[ELSEWHERE >> 12], t->interval);
            ck_assert_uint_eq(t->read[SECOND >> 12], 0);
            rig_free(r);
        }
}
END_TEST

enum { MOVS = 0xa4, STOS = 0xaa, SCAS = 0xae };
enum { FROM = SECOND - 100, COUNT = 150, LOW = FIRST - 0x1000, BYTES = 0x3000 };

/* What REP MOVS, REP STOS or REPNE SCAS does to the memory from LOW on; how far it comes. */
static unsigned strings_by_elements(u8 *low, unsigned op, unsigned n, u32 to, u32 value)
{
    u8 element[4];
    put_le32(element, value);
    for (unsigned i = 0; i < COUNT; i++) {
        if (op == SCAS && !memcmp(low + (to - LOW) + i * n, element, n))
            return i + 1;
        if (op == MOVS)
            memcpy(element, low + (FROM - LOW) + i * n, n);
        if (op != SCAS)
            memcpy(low + (to - LOW) + i * n, element, n);
    }
    return COUNT;
}

static void one_string(unsigned op, unsigned n, s32 distance, u32 value)
{
    static u8 want[BYTES];
    struct rig *r = paged();
    u8 *ram = r->phys.ram;
    u32 to = FROM + (u32)distance;
    for (u32 i = 0; i < sizeof want; i++)
        ram[LOW + i] = (u8)(i * 7 + (i >> 8));
    memcpy(want, ram + LOW, sizeof want);
    unsigned done = strings_by_elements(want, op, n, to, value);
    u8 code[] = {0xf2, 0x66, (u8)(op | (n > 1)), 0xf4};
    u8 *start = n == 2 ? code : code + 1;
    start[0] = op == SCAS ? 0xf2 : 0xf3;
    if (n == 2)
        code[1] = 0x66;
    phys_write(&r->phys, CODE, start, (u32)(code + sizeof code - start));
    r->c->gpr[ECX] = COUNT;
    r->c->gpr[ESI] = FROM;
    r->c->gpr[EDI] = to;
    r->c->gpr[EAX] = value;
    rig_run(r, 1000);
    ck_assert(r->c->halted && halted_in(r) < 0);
    ck_assert_uint_eq(r->c->gpr[ECX], COUNT - done);
    ck_assert_uint_eq(r->c->gpr[EDI], to + done * n);
    ck_assert_uint_eq(r->c->gpr[ESI], op == MOVS ? FROM + done * n : FROM);
    ck_assert_mem_eq(ram + LOW, want, sizeof want);
    if (op == SCAS) { /* of the last one: the accumulator less the element */
        u32 mask = n == 4 ? ~0u : (1u << 8 * n) - 1, last = 0;
        memcpy(&last, want + (to + (done - 1) * n - LOW), n);
        ck_assert_uint_eq(!!(cpu_eflags(r->c) & EFL_ZF), last == (value & mask));
        ck_assert_uint_eq(!!(cpu_eflags(r->c) & EFL_CF), (value & mask) < last);
    }
    rig_free(r);
}

START_TEST(strings)
{
    unsigned n = 1u << _i;
    for (s32 distance = -9; distance <= 9; distance++)
        one_string(MOVS, n, distance, 0);
    one_string(STOS, n, 3, 0x87654321);
    one_string(SCAS, n, 0, 0x01020304); /* not there */
    one_string(SCAS, n, 0, 0xfffefdfc);
    u32 there = 0; /* in the second page */
    for (unsigned k = 0; k < 4; k++) {
        u32 i = FROM + 110 * n + k - LOW;
        there |= (u32)(u8)(i * 7 + (i >> 8)) << 8 * k;
    }
    one_string(SCAS, n, 0, there);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("images");
    TCase *t = tcase_create("images");
    tcase_add_test(t, contents_of_both_pages);
    tcase_add_loop_test(t, strings, 0, 3);
    tcase_add_loop_test(t, second_page, 0, (int)ARRAY_SIZE(images));
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
