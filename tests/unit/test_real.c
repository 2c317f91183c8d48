/*
 * test_real.c - segment loads and far transfers of real and virtual-8086 mode: the specialised
 * handlers (cpu/ops/op_real.c) do what the generic ones do, and machine code does it as well.
 *
 * The same instruction runs on three processors with the same random registers, stack and memory.
 * The second one's table of fast translations is the empty one, so that every memory access is the
 * generic handlers'; the third one translates every block. Selectors, limits and attributes are
 * sometimes such that a load is more than a new base; the stack pointer is often near the end of
 * its segment.
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/translate/jit.h"

static u64 sequence = 1;

static u32 below(u32 n)
{
    sequence = sequence * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(sequence >> 33) % n;
}

#define I(...)                                                                                     \
    {                                                                                              \
        sizeof((const u8[]){__VA_ARGS__}),                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct {
    u8 size, code[6];
} instructions[] = {
    I(0x8e, 0xc0),             /* mov es,ax */
    I(0x8e, 0xd8),             /* mov ds,ax */
    I(0x8e, 0xe3),             /* mov fs,bx */
    I(0x8e, 0xc8),             /* mov cs,ax: #UD */
    I(0x8e, 0xf0),             /* mov ?,ax: #UD */
    I(0x8e, 0xd0),             /* mov ss,ax */
    I(0x8e, 0x04),             /* mov es,[si] */
    I(0x8e, 0x5c, 0x12),       /* mov ds,[si+12h] */
    I(0x26, 0x8e, 0x44, 0xfe), /* mov es,es:[si-2] */
    I(0x8c, 0xc0),             /* mov ax,es */
    I(0x8c, 0xca),             /* mov dx,cs */
    I(0x66, 0x8c, 0xd8),       /* mov eax,ds */
    I(0x8c, 0xf8),             /* mov ax,?: #UD */
    I(0x8c, 0x14),             /* mov [si],ss */
    I(0x8c, 0x1d),             /* mov [di],ds */
    I(0x06),                   /* push es */
    I(0x0e),                   /* push cs */
    I(0x0f, 0xa8),             /* push gs */
    I(0x66, 0x1e),             /* push ds, 32 bits */
    I(0x07),                   /* pop es */
    I(0x1f),                   /* pop ds */
    I(0x17),                   /* pop ss */
    I(0x0f, 0xa1),             /* pop fs */
    I(0xc4, 0x1c),             /* les bx,[si] */
    I(0xc5, 0x75, 0x01),       /* lds si,[di+1] */
    I(0x0f, 0xb2, 0x24),       /* lss sp,[si] */
    I(0xea, 1, 2, 3, 4),       /* jmp far */
    I(0x9a, 1, 2, 3, 4),       /* call far */
    I(0xff, 0x2c),             /* jmp far [si] */
    I(0xff, 0x1d),             /* call far [di] */
    I(0xcb),                   /* retf */
    I(0xca, 6, 0),             /* retf 6 */
    I(0xcf),                   /* iret */
    I(0xff, 0xe0),             /* jmp ax */
    I(0xff, 0xd3),             /* call bx */
    I(0xff, 0x24),             /* jmp [si] */
    I(0xff, 0x15),             /* call [di] */
};

static u16 edge(u32 span)
{
    return (u16)(below(3) ? below(0x10000) : 0u - below(span));
}

/* Registers of both from one sequence; the modes are real (0), big real (1), virtual-8086 (2). */
static void prepare(struct rig *r, unsigned mode, unsigned which)
{
    struct cpu *c = r->c;

    cpu_reset(c);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = below(0x10000) << 16 | edge(below(2) ? 16 : 4);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        seg_load_real(c, s, (u16)(0x1000 + below(0xe000)));
    if (mode == 1) {
        struct seg *s = &c->seg[below(2) ? SEG_SS : below(2) ? SEG_DS : below(SEG_COUNT)];
        s->limit = below(2) ? 0xffffffff : below(0x10000);
        if (below(2))
            s->attr ^= (u16)(below(2) ? 1u << below(7) : below(2) ? SEG_DB : SEG_G);
        seg_update(s);
    }
    c->eip = below(0xff00);
    u32 flags = below(0x10000) & ~(below(2) ? EFL_TF : 0);
    if (mode == 2) {
        mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_PE);
        flags = (flags & ~EFL_IOPL) | EFL_VM | (below(2) ? EFL_IOPL : 0);
        c->cpl = 3;
        for (unsigned s = 0; s < SEG_COUNT; s++) {
            c->seg[s].attr |= 3u << 5;
            seg_update(&c->seg[s]);
        }
    }
    cpu_set_eflags(c, flags & ~EFL_TF);
    c->intr = below(8) == 0;
    u32 at = c->seg[SEG_CS].base + c->eip, stack = c->seg[SEG_SS].base, p;
    /* Where a far pointer at the end of 64K goes on, and where it would with a larger limit. */
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        wr32(r, c->seg[s].base, below(0x10000));
        wr32(r, c->seg[s].base + 0x10000, below(0x10000));
    }
    for (u32 i = 0; i < 8; i++)
        wr32(r, stack + ((c->gpr[ESP] + 2 * i) & 0xffff), below(0x10000) << 16 | flags);
    phys_write(&r->phys, at, instructions[which].code, instructions[which].size);
    for (u32 a = 0; a < 0x110000; a += PAGE_SIZE) /* or nothing would be found there */
        ck_assert(mmu_translate(&c->mmu, a, MMU_WRITE, c->user, &p));
}

/* NULL: there is none. */
static const char *difference(const struct rig *x, const struct rig *y)
{
    const struct cpu *a = x->c, *b = y->c;
    if (memcmp(a->gpr, b->gpr, sizeof a->gpr) || a->eip != b->eip ||
        cpu_eflags(a) != cpu_eflags(b) || a->shadow != b->shadow || a->shutdown != b->shutdown ||
        cpu_executed(a) != cpu_executed(b))
        return "of registers";
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (a->seg[s].sel != b->seg[s].sel || a->seg[s].base != b->seg[s].base ||
            a->seg[s].limit != b->seg[s].limit || a->seg[s].attr != b->seg[s].attr)
            return "of segments";
    return memcmp(x->phys.ram, y->phys.ram, 2 << 20) ? "in memory" : NULL;
}

START_TEST(specialised_and_generic_agree)
{
    struct rig *r[3] = {rig_new("pentium3"), rig_new("pentium3"), rig_new("pentium3")};
    struct err e;
    unsigned tiers = jit_start(r[2]->c, 0, false, &e) ? 3 : 2;

    for (unsigned i = 0; i < 3 * ARRAY_SIZE(instructions) * 40; i++) {
        unsigned which = i % ARRAY_SIZE(instructions), mode = i / ARRAY_SIZE(instructions) % 3;
        u64 start = sequence;
        for (unsigned k = 0; k < tiers; k++) {
            struct cpu *c = r[k]->c;
            sequence = start;
            prepare(r[k], mode, which);
            if (k == 1)
                c->tlb = c->mmu.tlb[TLB_NEVER].fast;
            cpu_run(c, 1 + below(8));
        }
        for (unsigned k = 1; k < tiers; k++) {
            const char *at = difference(r[0], r[k]);
            ck_assert_msg(!at, "case %u, instruction %u, mode %u, tier %u: a difference %s", i,
                          which, mode, k, at);
        }
    }
    for (unsigned k = 0; k < 3; k++)
        rig_free(r[k]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("real");
    TCase *t = tcase_create("real");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, specialised_and_generic_agree);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
