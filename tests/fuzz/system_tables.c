/*
 * system_tables.c - the tables of fuzz_system.c's programs: segments, gates, tasks, pages, and the
 * handlers that gates lead to.
 */
#include "tests/fuzz/system.h"

#include <string.h>

const struct segment segment[SELS] = {
    [CODE32] = {0, 0xfffff, 0x9b, 0xc},
    [DATA32] = {0, 0xfffff, 0x93, 0xc},
    [USER32] = {0, 0xfffff, 0xfb, 0xc},
    [USER_DATA] = {0, 0xfffff, 0xf3, 0xc},
    [CODE16] = {CODE, 0xffff, 0x9b, 0},
    [DATA16] = {DATA, 0xffff, 0x93, 0},
    [USER16] = {CODE, 0xffff, 0xfb, 0},
    [USER_DATA16] = {DATA, 0xffff, 0xf3, 0},
    [DOWN32] = {DATA, 0x1fff, 0xf7, 0x4},
    [DOWN16] = {DATA, 0x0fff, 0x97, 0},
    [CONFORMING] = {0, 0xfffff, 0x9f, 0xc},
    [EXECUTE] = {0, 0xfffff, 0x99, 0xc},
    [READ_ONLY] = {0, 0xfffff, 0xf1, 0xc},
    [ABSENT] = {0, 0xfffff, 0x73, 0xc},
    [SHORT] = {0, CODE + END - 3, 0x9b, 0x4},
    [HIGH] = {CODE + 0x400, 0xfffff, 0x9b, 0xc}, /* EIP begins near 4 GiB, and wraps */
    [TASK] = {TSS, 0x6b, 0x8b, 0},
    [TASK_TWO] = {TSS_TWO, 0x6b, 0x89, 0},
    [TASK16] = {TSS16, 0x2b, 0x81, 0},
    [TABLE] = {LDT, 0x3f, 0x82, 0},
    [CALL32] = {0, 0, 0xec, 0},
    [CALL16] = {0, 0, 0xe4, 0},
    [TASK_GATE] = {0, 0, 0xe5, 0},
    [CODE1] = {0, 0xfffff, 0xbb, 0xc},
    [DATA1] = {0, 0xfffff, 0xb3, 0xc},
    [SMALL_STACK] = {0x50000, 0xfff, 0x93, 0},
    [BASED] = {CODE - 0x20, 0xffff, 0x9b, 0x4},
    [BASED_DATA] = {DATA - 0x123, 0xfffff, 0xf3, 0xc},
    [PLAIN16] = {CODE + HALF, 0x1fff, 0x9b, 0},
    [LONG] = {0, 0xfffff, 0x9b, 0x4}, /* blocks like those of SHORT */
    [SHORT16] = {CODE, HALF + END - 3, 0x9b, 0},
};

/* ---- where faults and interrupts lead ---- */

/* Data of ring 3 as a rule: what another ring may not use, it would not have on return. */
static void flat_again(struct gen *g, bool real)
{
    set(g, EAX, real ? DATA >> 4 : DATA32 * 8);
    PLAIN(0x8e, 0xd0);
    if (!real && chance(g, 80))
        set(g, EAX, USER_DATA * 8 + 3);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS && s != SEG_SS)
            PLAIN(0x8e, (u8)(0xc0 | s << 3));
    set(g, ESP, real ? (u16)STACK : STACK);
}

static bool has_error_code(u32 v)
{
    return v == VEC_DF || (v >= VEC_TS && v <= VEC_PF) || v == VEC_AC;
}

static void go_on(struct gen *g, bool real)
{
    u32 sel = ONE_OF(CODE32, CODE32, CODE16, CONFORMING, HIGH, BASED, PLAIN16, SHORT, LONG) * 8;
    if (real) {
        PLAIN(0xea);
        put(g, HALF + any(g) % (HALF - 64), 2);
        put(g, CODE >> 4, 2);
    } else if (chance(g, 30)) {
        PLAIN(0xea);
        put(g, target(g, sel), 4);
        put(g, sel, 2);
    } else {
        iret(g);
    }
}

static void handler(struct maker *m, u32 v, bool real)
{
    struct gen *g = &m->g;
    bool returns = v == VEC_DB || v == VEC_NMI || v == VEC_BP || v == VEC_OF || v >= 0x20;
    g->code16 = real;
    g->code = m->low + (real ? HANDLERS16 : HANDLERS) + HANDLER * v;
    g->at = 0;
    if (returns ? chance(g, 85) : chance(g, 10)) {
        if (v == VEC_DB && chance(g, 70)) { /* no more of them: and dword [esp+8], ~TF */
            WIDE(0x81, 0x64, 0x24, real ? 4 : 8);
            put(g, ~(u32)EFL_TF, 4);
        }
        if (has_error_code(v) && !real)
            WIDE(0x83, 0xc4, 4);
        put(g, 0xcf, 1);
        return;
    }
    flat_again(g, real);
    WIDE(0x80, 0x35); /* xor byte [turn], 1 */
    put(g, real ? TURNS & 0xfff : TURNS + v, 4);
    PLAIN(1, 0x74, 0); /* jz to the other way */
    u32 hole = g->at;
    go_on(g, real);
    g->code[hole - 1] = (u8)(g->at - hole);
    go_on(g, real);
}

void make_handlers(struct maker *m)
{
    struct gen *g = &m->g;
    for (u32 v = 0; v < VECTORS; v++) {
        handler(m, v, false);
        handler(m, v, true);
    }
    for (u32 v = 0; v < 256; v++) {
        u32 n = v % VECTORS, type = chance(g, 80) ? 0x8e : ONE_OF(0x8f, 0xee, 0x86, 0x87, 0xef);
        u32 to = HANDLERS + HANDLER * n, sel = CODE32 * 8;
        if (v >= 0x30 || v == VEC_BP || v == VEC_OF)
            type |= 0x60;
        if (chance(g, 3))
            type = 0xe5, sel = TASK_TWO * 8;
        put_le32(m->low + IDT + 8 * v, sel << 16 | to);
        put_le32(m->low + IDT + 8 * v + 4, type << 8);
        put_le32(m->low + 4 * v, HANDLERS16 + HANDLER * n); /* real mode's, and V86's own */
    }
}

/* ---- tables ---- */

void make_descriptors(struct maker *m)
{
    struct gen *g = &m->g;
    for (u32 n = 1; n < SELS; n++) {
        u32 base = segment[n].base, limit = segment[n].limit;
        put_le32(m->low + GDT + 8 * n, base << 16 | (limit & 0xffff));
        put_le32(m->low + GDT + 8 * n + 4, (base & 0xff000000) | (u32)segment[n].flags << 20 |
                                               (limit & 0xf0000) | (u32)segment[n].access << 8 |
                                               (base >> 16 & 0xff));
    }
    static const u8 gates[] = {CALL32, CALL16, TASK_GATE};
    for (unsigned i = 0; i < ARRAY_SIZE(gates); i++) {
        u32 sel = i == 2 ? TASK_TWO * 8 : ONE_OF(CODE32, CODE32, CODE16, CONFORMING) * 8;
        u32 to = target(g, sel);
        put_le32(m->low + GDT + 8 * gates[i], sel << 16 | (to & 0xffff));
        put_le32(m->low + GDT + 8 * gates[i] + 4,
                 (to & 0xffff0000) | (u32)segment[gates[i]].access << 8 | (any(g) & 3));
    }
    memcpy(m->low + LDT, m->low + GDT, 0x40);
    put_le16(m->low + FAR - 16, 8 * SELS - 1);
    put_le32(m->low + FAR - 14, GDT);
    put_le16(m->low + FAR - 8, 0x7ff);
    put_le32(m->low + FAR - 6, IDT);
    for (u32 i = 0; i < FARS; i++) {
        u32 sel = i & 1 ? door_selector(g) : data_selector(g),
            to = i & 1 ? target(g, sel) : place(g);
        put_le32(m->low + FAR + 8 * i, to);
        put_le32(m->low + FAR + 8 * i + 4, sel);
    }
}

void make_task(struct maker *m, u32 at, bool vm)
{
    struct gen *g = &m->g;
    u8 *t = m->low + at;
    memset(t, 0, 0x68);
    put_le32(t + 4, STACK - 0x400);
    put_le32(t + 8, DATA32 * 8);
    put_le32(t + 12, STACK - 0x800);
    put_le32(t + 16, DATA1 * 8 + 1);
    put_le32(t + 0x1c, chance(g, 80) ? PDS : PDS + 0x1000);
    put_le32(t + 0x20, vm ? HALF + any(g) % 0x800 : CODE + any(g) % 0x800);
    put_le32(t + 0x24, EFL_ONE | (eflags_bits(g) & ~EFL_NT) | (vm ? EFL_VM | EFL_IOPL : 0));
    put_le32(t + 0x28 + 4 * ESP, STACK - 0x100);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        put_le32(t + 0x48 + 4 * s,
                 vm ? (s == SEG_CS ? CODE : DATA) >> 4 : (s == SEG_CS ? CODE32 : DATA32) * 8);
    put_le32(t + 0x60, chance(g, 20) ? TABLE * 8 : 0);
    put_le32(t + 0x64, 0x680000u | chance(g, 10));
    put_le32(t + 0x68, any(g));
}

void make_task16(struct maker *m)
{
    struct gen *g = &m->g;
    u8 *t = m->low + TSS16;
    static const u16 segs[] = {DATA16 * 8, CODE16 * 8, DATA16 * 8, DATA16 * 8};
    put_le16(t + 2, (u16)STACK);
    put_le16(t + 4, DATA16 * 8);
    put_le16(t + 14, (u16)(HALF + any(g) % 0x800));
    put_le16(t + 16, EFL_ONE);
    put_le16(t + 18 + 2 * ESP, (u16)STACK);
    for (unsigned s = 0; s < 4; s++)
        put_le16(t + 34 + 2 * s, segs[s]);
}

void make_paging(struct maker *m)
{
    struct gen *g = &m->g;
    u8 *t = m->tables;
    bool global = any(g) & 1, holes = any(g) & 1;
    for (u32 i = 0; i < 1024; i++) {
        u32 bits = i >= 0x120 ? 0 : 7 | (global && (i & 3) == 0 ? 0x100 : 0);
        if (holes && i >= DATA >> 12 && i < 0x50 && chance(g, 15))
            bits = ONE_OF(0, 5, 3, 6);
        put_le32(t + PT - TABLES + 4 * i, bits ? i << 12 | bits : 0);
        if (i < 512) {
            put_le32(t + PAE_PT - TABLES + 8 * i, bits ? i << 12 | bits : 0);
            put_le32(t + PAE_PT - TABLES + 8 * i + 4, 0);
        }
    }
    for (u32 d = 0; d < 2; d++) {
        u8 *pd = t + d * 0x1000;
        put_le32(pd, PT | 7);
        put_le32(pd + 4, PT | 7);
        put_le32(pd + 8, 0x87 | (global ? 0x100 : 0));
    }
    memcpy(t + PT_TWO - TABLES, t + PT - TABLES, PAGE_SIZE);
    for (u32 at = ROUTINES; at < OTHERS; at += PAGE_SIZE)
        if (any(g) & 1)
            put_le32(t + PT_TWO - TABLES + 4 * (at >> 12), (at - ROUTINES + OTHERS) | 7);
    if (any(g) & 1)
        put_le32(t + 0x1000, PT_TWO | 7);
    put_le32(t + PDPT - TABLES, PAE_PD | 1);
    put_le32(t + PAE_PD - TABLES, PAE_PT | 7);
    put_le32(t + PAE_PD - TABLES + 8 * (AGAIN >> 21), PAE_PT | 7);
    put_le32(t + PAE_PD - TABLES + 8 * (LARGE >> 21), 0x87);
}

/* INC or DEC of EBX, EDX, EDI, ESI and a return each; ADD EAX at the end of the first page. */
void make_routines(struct maker *m)
{
    static const u8 ops[] = {0x42, 0x43, 0x46, 0x47, 0x4a, 0x4b, 0x4e, 0x4f};
    for (u32 at = ROUTINES - TABLES; at < TABLES_END - TABLES; at += ROUTINE)
        put_le16(m->tables + at, 0xc300u | ops[any(&m->g) % sizeof ops]);
    for (u32 at = ROUTINES + PAGE_SIZE - TABLES; at < TABLES_END - TABLES; at += 2 * PAGE_SIZE) {
        put_le16(m->tables + at - 2, 0xc083);
        put_le16(m->tables + at, (u16)(0xc300u | (any(&m->g) & 0x7f)));
    }
}
