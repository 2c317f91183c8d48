/*
 * test_windows.c - several operands off one register (cpu/translate/window.c), where the register
 * wraps at 4 GB between two of them: nothing but the sum with the displacement is an address.
 */
#include "tests/unit/jit_rig.h"

#include <stdlib.h>

enum { TOP = 0xfffff000u };

static const struct walk {
    const char *what;
    u32 first; /* in EBX and ESP */
    u8 n, bytes[28];
} walks[] = {
    /* sub ebx,16; mov eax,[ebx+16]; add eax,[ebx+20]; add [ebx+24],eax */
    {"SUB, below 0", 8, 12, {0x83, 0xeb, 16, 0x8b, 0x43, 16, 0x03, 0x43, 20, 0x01, 0x43, 24}},
    /* mov eax,[ebx]; sub ebx,16; add eax,[ebx+20]; add [ebx+24],eax: not all of them */
    {"SUB after the first", 8, 11, {0x8b, 0x03, 0x83, 0xeb, 16, 0x03, 0x43, 20, 0x01, 0x43, 24}},
    /* add ebx,16; mov eax,[ebx-16]; add eax,[ebx-12]; add [ebx-8],eax */
    {"ADD, beyond the top",
     0xfffffff4,
     12,
     {0x83, 0xc3, 16, 0x8b, 0x43, 0xf0, 0x03, 0x43, 0xf4, 0x01, 0x43, 0xf8}},
    /* lea edx,[ebx-400h]; mov eax,[edx+400h]; add eax,[edx+404h]; add [edx+408h],eax */
    {"LEA, below 0", 0x3f0, 24, {0x8d, 0x93, 0, 0xfc, 0xff, 0xff, 0x8b, 0x82, 0, 4, 0, 0,
                                 0x03, 0x82, 4, 4,    0,    0,    0x01, 0x82, 8, 4, 0, 0}},
    /* mov eax,[ebx]; add ebx,4; add eax,[ebx-4]; add [ebx-4],eax: just 0, at the end */
    {"ADD, to 0", 0xfffffffc, 11, {0x8b, 0x03, 0x83, 0xc3, 4, 0x03, 0x43, 0xfc, 0x01, 0x43, 0xfc}},
    /* pop eax; push ecx; pop eax; push ecx: the last four bytes */
    {"POP, to 0", 0xfffffffc, 4, {0x58, 0x51, 0x58, 0x51}},
    /* mov eax,[esp]; add eax,[esp]; pop esp, which is not what was popped and 4 */
    {"POP ESP, to 0", 0xfffffffc, 7, {0x8b, 0x04, 0x24, 0x03, 0x04, 0x24, 0x5c}},
    /* pop eax; add esp,-16; mov [esp+12],ecx; add [esp+16],eax; add esp,12 */
    {"POP after a frame",
     4,
     18,
     {0x58, 0x83, 0xc4, 0xf0, 0x89, 0x4c, 0x24, 12, 0x01, 0x44, 0x24, 16, 0x83, 0xc4, 12, 0x90,
      0x90, 0x90}},
};

static u8 *start(struct rig *r, const struct walk *w)
{
    u8 *top = aligned_alloc(4096, 4096);
    ck_assert(top != NULL);
    pm_init(r, 0);
    for (unsigned i = 0; i < 4096; i++)
        top[i] = (u8)(i * 7);
    phys_map_ram(&r->phys, TOP, 4096, top);
    phys_write(&r->phys, 0, top, 1024);
    phys_write(&r->phys, CODE, w->bytes, w->n);
    CODE_AT(r, CODE + w->n, 0xf4);
    return top;
}

START_TEST(registers_that_wrap)
{
    const struct walk *w = &walks[_i];
    struct rig *fast = translating(0), *plain = rig_new("pentium3");
    if (!fast) {
        rig_free(plain);
        return;
    }
    u8 *tops[2] = {start(fast, w), start(plain, w)}, low[2][4096];
    struct rig *both[] = {fast, plain};
    for (unsigned round = 0; round < 2; round++) { /* what pages are known in the second */
        for (unsigned i = 0; i < 2; i++) {
            struct cpu *c = both[i]->c;
            c->gpr[EBX] = c->gpr[ESP] = w->first;
            c->gpr[ECX] = 0x12345678;
            c->eip = CODE;
            c->halted = false;
            ck_assert_msg(rig_run(both[i], 100) == CPU_HALT, "%s", w->what);
            phys_read(&both[i]->phys, 0, low[i], 4096);
        }
        ck_assert_msg(!memcmp(fast->c->gpr, plain->c->gpr, sizeof plain->c->gpr), "%s", w->what);
        ck_assert_msg(!memcmp(tops[0], tops[1], 4096), "%s", w->what);
        ck_assert_msg(!memcmp(low[0], low[1], 4096), "%s", w->what);
    }
    ck_assert_uint_gt(fast->c->jit->stats.blocks, 0);
    rig_free(fast);
    rig_free(plain);
    free(tops[0]);
    free(tops[1]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("windows");
    TCase *t = tcase_create("windows");
    tcase_add_loop_test(t, registers_that_wrap, 0, ARRAY_SIZE(walks));
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
