/*
 * test_windows.c - several operands off one register (cpu/translate/window.c), where the register
 * wraps at 4 GB between two of them: nothing but the sum with the displacement is an address. And
 * where the memory that they span is not all of one kind.
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

/* Beside plain memory: a page of RAM that lies elsewhere for the host, and one of ROM. */
enum { APART = 0x61000, ROM = 0x70000, ROUNDS = 64, SLICE = 33 };

/* L: add [ebx-16],eax; xor eax,[ebx-8]; mov edx,[ebx-12]; add eax,[ebx-4]; loop L
 * L: push eax; push ebx; push eax; add esp,12; loop L */
static const u8 around[] = {0x01, 0x43, 0xf0, 0x33, 0x43, 0xf8, 0x8b,
                            0x53, 0xf4, 0x03, 0x43, 0xfc, 0xe2, 0xf2};
static const u8 pushes[] = {0x50, 0x53, 0x50, 0x83, 0xc4, 12, 0xe2, 0xf8};
static const struct end {
    const char *what;
    u32 base; /* in EBX and ESP */
    bool stack, faults;
} ends[] = {
    {"in a page", DATA + 0x100, false, false},
    {"up to the end of one", DATA + 0x1000, false, false},
    {"into another one", APART + 8, false, false},
    {"into another one, by a byte", APART + 1, false, false},
    {"out of it", APART + 0x1008, false, false},
    {"in ROM", ROM + 0x100, false, false},
    {"out of ROM", ROM + 0x1004, false, false},
    {"below 0, all", 0, false, false},
    {"below 0, in part", 8, false, false},
    {"around 4 GB", 9, false, true},
    {"around 4 GB, the last", 3, false, true},
    {"up to 4 GB", 0xfffffff0, false, false},
    {"the stack in a page", DATA + 0x100, true, false},
    {"the stack into another one", APART + 4, true, false},
    {"the stack in ROM", ROM + 0x100, true, false},
    {"the stack below 0", 4, true, false},
};

struct place {
    struct rig *r;
    u8 *top, *apart, *rom;
};

static struct place place(struct rig *r, const struct end *e)
{
    struct place p = {.r = r, .top = start(r, &walks[0])};
    p.apart = aligned_alloc(4096, 4096);
    p.rom = aligned_alloc(4096, 4096);
    ck_assert(p.apart != NULL && p.rom != NULL);
    for (unsigned i = 0; i < 4096; i++) {
        p.apart[i] = (u8)(i * 5 + 1);
        p.rom[i] = (u8)(i * 3 + 2);
    }
    for (u32 a = 0; a < 0x2000; a += 4) {
        wr32(r, DATA + a, 0x10203040 + a);
        wr32(r, APART - 0x2000 + a, 0x50607081 + a);
    }
    phys_map_ram(&r->phys, APART, 4096, p.apart);
    phys_map_rom(&r->phys, ROM, 4096, p.rom);
    const u8 *code = e->stack ? pushes : around;
    u32 n = e->stack ? sizeof pushes : sizeof around;
    phys_write(&r->phys, CODE, code, n);
    CODE_AT(r, CODE + n, 0xf4);
    /* What faults is left out: inc esi; add dword [esp+4],3; add esp,4; iret */
    CODE_AT(r, HANDLERS + 16 * VEC_GP, 0x46, 0x83, 0x44, 0x24, 4, 3, 0x83, 0xc4, 4, 0xcf);
    r->c->gpr[EBX] = e->base;
    r->c->gpr[ECX] = ROUNDS;
    if (e->stack)
        r->c->gpr[ESP] = e->base;
    return p;
}

static void leave(struct place *p)
{
    rig_free(p->r);
    free(p->top);
    free(p->apart);
    free(p->rom);
}

START_TEST(memory_that_ends)
{
    const struct end *e = &ends[_i];
    struct rig *fast = translating(8), *plain = rig_new("pentium3");
    if (!fast) {
        rig_free(plain);
        return;
    }
    struct place a = place(fast, e), b = place(plain, e);
    for (unsigned n = 0; n < 20 * ROUNDS && !plain->c->halted; n += SLICE) {
        rig_run(fast, SLICE);
        rig_run(plain, SLICE);
        ck_assert_msg(!memcmp(fast->c->gpr, plain->c->gpr, sizeof plain->c->gpr), "%s", e->what);
        ck_assert_msg(fast->c->eip == plain->c->eip, "%s", e->what);
        ck_assert_msg(cpu_executed(fast->c) == cpu_executed(plain->c), "%s", e->what);
    }
    ck_assert_msg(plain->c->halted, "%s", e->what);
    ck_assert_msg((plain->c->gpr[ESI] != 0) == e->faults, "%s", e->what);
    ck_assert_msg(!memcmp(fast->phys.ram, plain->phys.ram, 2 << 20), "%s", e->what);
    ck_assert_msg(!memcmp(a.top, b.top, 4096) && !memcmp(a.apart, b.apart, 4096) &&
                      !memcmp(a.rom, b.rom, 4096),
                  "%s", e->what);
    ck_assert_uint_gt(fast->c->jit->stats.blocks, 0);
    leave(&a);
    leave(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("windows");
    TCase *t = tcase_create("windows");
    tcase_add_loop_test(t, registers_that_wrap, 0, ARRAY_SIZE(walks));
    tcase_add_loop_test(t, memory_that_ends, 0, ARRAY_SIZE(ends));
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
