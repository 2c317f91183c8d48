/*
 * fuzz_patched.c - programs that write constants into their instructions again and again
 * (cpu/blocks/patched.h): whole blocks, interpreted or machine code, against one instruction at a
 * time, which takes every constant from memory anyway.
 *
 * A loop draws numbers, stores them into some instructions of a function - most of them exactly
 * where a constant is, some into a part of it, beside it, or anywhere - and calls it: through the
 * function's own address or another one of the same page, each time or seldom, from inside the
 * function as well. The function's instructions are of the kinds that have constants, and may lie
 * over a page's end. Exceptions lead back to the loop. In between the outside writes into the
 * function, too, sets points of a debugger and drops what was decoded. Flat 32-bit code, or real
 * mode.
 */
#include "cpu/blocks/block.h"
#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/mode.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Offsets are from LOAD, which is where the segments of real mode begin. */
enum {
    RAM = 1 << 20,
    LOAD = 0x10000,
    LOOP = 0,
    FUNCTION = 0x2000, /* somewhere in this page or the next */
    DATA = 0x4000,
    HANDLER = 0x6000,
    STACK = 0x7f00,
    ALIAS = 0x8000, /* the function's two pages once more */
    IDT = 0x2000,   /* not from LOAD, as what follows */
    DIRECTORY = 0x30000,
    TABLE = 0x31000,
    PLACES = 32,
    SLICES = 24,
};

/* What may be stored to. */
struct place {
    u32 at;        /* offset */
    unsigned size; /* bytes */
    bool address;  /* of DATA */
};

struct gen {
    u64 state;
    u8 *code; /* at LOAD */
    u32 at;
    bool real;
    struct place place[PLACES];
    unsigned places;
    u32 first, end; /* of the function */
};

static u32 any(struct gen *g)
{
    g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(g->state >> 33);
}

static void put(struct gen *g, u32 v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        g->code[g->at++ & 0xffff] = (u8)(v >> (8 * i));
}

static u32 address(const struct gen *g, u32 offset)
{
    return g->real ? offset : LOAD + offset;
}

/* Prefixes that make operands and addresses 32 bits wide, or operands 16. */
static void wide(struct gen *g, bool o16)
{
    if (g->real)
        put(g, 0x67, 1);
    if (g->real != o16)
        put(g, 0x66, 1);
}

static void constant(struct gen *g, u32 v, unsigned size, bool is_address)
{
    if (g->places < PLACES)
        g->place[g->places++] = (struct place){g->at, size, is_address};
    put(g, v, size);
}

static void number(struct gen *g, unsigned size)
{
    constant(g, any(g), size, false);
}

static void data(struct gen *g)
{
    constant(g, address(g, DATA + any(g) % 0x800), 4, true);
}

static u32 work(struct gen *g) /* EAX, EBX, ECX, ESI, EDI; EDX is the loop's, EBP points at DATA */
{
    return (u32) "\0\1\3\3\6\7"[any(g) % 6];
}

/* ---- the function ---- */

static void with_number(struct gen *g)
{
    bool o16 = any(g) % 4 == 0;
    unsigned n = o16 ? 2 : 4;
    u32 group = any(g) % 8 << 3, r = work(g), low = (u32) "\0\1\3"[any(g) % 3];
    switch (any(g) % 13) {
    case 0: /* ADD... CMP r, imm */
        wide(g, o16);
        put(g, 0xc081 | (group | r) << 8, 2);
        number(g, n);
        break;
    case 1: /* the same, imm8 */
        wide(g, o16);
        put(g, 0xc083 | (group | r) << 8, 2);
        number(g, 1);
        break;
    case 2:
        put(g, 0xc080 | (group | low) << 8, 2);
        number(g, 1);
        break;
    case 3: /* MOV */
        wide(g, o16);
        put(g, 0xb8 | r, 1);
        number(g, n);
        break;
    case 4:
        put(g, 0xb0 | low, 1);
        number(g, 1);
        break;
    case 5: /* IMUL */
        wide(g, o16);
        put(g, 0xc069 | (r << 3 | work(g)) << 8, 2);
        number(g, n);
        break;
    case 6: /* PUSH imm, POP */
        n = any(g) % 2 ? 4 : 1;
        wide(g, false);
        put(g, n == 4 ? 0x68 : 0x6a, 1);
        number(g, n);
        wide(g, false);
        put(g, 0x58 | r, 1);
        break;
    case 7: /* TEST */
        wide(g, o16);
        put(g, 0xc0f7 | r << 8, 2);
        number(g, n);
        break;
    case 8: /* shifts, then a carry */
        wide(g, false);
        put(g, 0xc0c1 | (group | r) << 8, 2);
        number(g, 1);
        wide(g, false);
        put(g, 0xd083 | r << 8, 2);
        put(g, 0, 1);
        break;
    case 9: /* BTC, SHLD */
        wide(g, false);
        put(g, any(g) % 2 ? 0xf8ba0f | r << 16 : 0xc0a40f | (r << 3 | work(g)) << 16, 3);
        number(g, 1);
        break;
    case 10: /* AAM, AAD, IN, OUT */
        put(g, (u32) "\xd4\xd5\xe4\xe6"[any(g) % 4], 1);
        number(g, 1);
        break;
    case 11: /* PSLLW, PSHUFW, SHUFPS */
        put(g, any(g) % 3 ? 0xf1710f : any(g) % 2 ? 0xd1700f : 0xd1c60f, 3);
        number(g, 1);
        break;
    default: /* compare and branch over an INC */
        wide(g, false);
        put(g, (any(g) % 2 ? 0xf881 : 0xc0f7) | r << 8, 2);
        number(g, 4);
        put(g, 0x0170 | any(g) % 16, 2);
        put(g, 0x40 | work(g), 1);
        break;
    }
}

static void with_address(struct gen *g)
{
    u32 r = work(g);
    wide(g, false);
    switch (any(g) % 8) {
    case 0: /* ADD r, [m]; ADD [m], r; MOV */
        put(g, (u32) "\x03\x01\x8b\x89\x33"[any(g) % 5] | (r << 3 | 5) << 8, 2);
        data(g);
        break;
    case 1: /* [EBP + n] */
        put(g, 0x4503 | r << 11, 2);
        number(g, 1);
        break;
    case 2:
        put(g, any(g) % 2 ? 0xa1 : 0xa3, 1);
        data(g);
        break;
    case 3: /* MOV [m], imm; ADD */
        put(g, any(g) % 2 ? 0x05c7 : 0x0581, 2);
        data(g);
        number(g, 4);
        break;
    case 4: /* LEA */
        put(g, 0x808d | (r << 3 | work(g)) << 8, 2);
        number(g, 4);
        break;
    case 5: /* MOV byte [m], imm8 */
        put(g, 0x05c6, 2);
        data(g);
        number(g, 1);
        break;
    case 6: /* FADD, FLD m32 */
        put(g, any(g) % 2 ? 0x05d8 : 0x05d9, 2);
        data(g);
        break;
    default: /* [EBP + r * 2 + n] */
        put(g, 0x4403 | work(g) << 11, 2);
        put(g, 0x45 | r << 3, 1);
        number(g, 1);
        break;
    }
}

/* EAX = something; store it where an instruction has its constant, or nearly there. */
static void store(struct gen *g, unsigned known)
{
    struct place p = g->place[any(g) % known];
    u32 at = p.at, mask = p.address ? 0x7ff : ~0u;
    u32 base = p.address ? address(g, DATA) : 0;
    unsigned size = p.size;
    if (any(g) % 12 == 0) { /* somewhere else */
        at = any(g) % 3 ? at - 2 + any(g) % 4 : g->first + any(g) % (g->end - g->first + 1);
        size = 1u << any(g) % 3;
    } else if (any(g) % 6 == 0) { /* a part */
        size = size == 4 ? 2 : 1;
    }
    if (any(g) % 3 == 0)
        at += ALIAS - FUNCTION;
    wide(g, false);
    put(g, 0xd089, 2); /* MOV EAX, EDX; ROR EAX, n; AND; ADD */
    wide(g, false);
    put(g, 0xc8c1 | any(g) % 32 << 16, 3);
    wide(g, false);
    put(g, 0x25, 1);
    put(g, any(g) % 4 ? mask : mask & 7, 4);
    wide(g, false);
    put(g, 0x05, 1);
    put(g, base, 4);
    wide(g, size == 2);
    put(g, size == 1 ? 0xa2 : 0xa3, 1);
    put(g, address(g, at), 4);
}

/* An instruction about the word that says how often the function's instructions are done. */
static void counter(struct gen *g, u32 opcode)
{
    wide(g, false);
    put(g, opcode, 2);
    put(g, address(g, DATA + 0x1000), 4);
}

static void function(struct gen *g)
{
    static const u32 at[] = {0, 0, 0x10, 0x40, 0xfe0, 0xff0, 0xff8, 0x1010};
    u32 turns = any(g) % 2 ? 0 : any(g) % 300, head;
    g->at = g->first = g->end = FUNCTION + at[any(g) % ARRAY_SIZE(at)] + any(g) % 24;
    if (turns)
        counter(g, 0x05c7), put(g, turns + 1, 4);
    head = g->at;
    for (u32 n = 2 + any(g) % 7; n-- > 0; g->end = g->at)
        if (g->places > 2 && any(g) % 16 == 0)
            store(g, g->places);
        else if (any(g) % 12 == 0) /* a jump over some INC */
            put(g, 0xeb, 1), constant(g, any(g) % 4, 1, false), put(g, 0x43464743, 4);
        else if (any(g) % 3 == 0)
            with_address(g);
        else
            with_number(g);
    if (turns) {
        counter(g, 0x0dff);
        put(g, 0x75, 1);
        put(g, head - g->at - 1, 1);
    }
    put(g, 0xc3, 1);
}

/* Stores, most of them each time, some seldom; calls. */
static void loop(struct gen *g)
{
    g->at = LOOP;
    wide(g, false);
    put(g, 0xd269, 2); /* IMUL EDX, EDX, n; ADD EDX, n */
    put(g, 0x19660d, 4);
    wide(g, false);
    put(g, 0xc281, 2);
    put(g, 0x3c6ef35f, 4);
    for (u32 n = 1 + any(g) % 4; n-- > 0;) {
        u32 from = g->at + (g->real ? 10 : 8);
        if (any(g) % 3 == 0) { /* TEST EDX, n; JNZ over it */
            wide(g, false);
            put(g, 0xc2f7, 2);
            put(g, (any(g) % 2 ? 0xf0u : 0xfffu) << 12, 4);
            put(g, 0x75, 1);
            g->at++;
            from = g->at;
            store(g, g->places);
            g->code[from - 1] = (u8)(g->at - from);
        } else {
            store(g, g->places);
        }
    }
    for (u32 n = 1 + any(g) % 3; n-- > 0;) {
        u32 to = g->first + (any(g) % 4 ? 0 : ALIAS - FUNCTION);
        put(g, 0xe8, 1);
        put(g, to - g->at - (g->real ? 2 : 4), g->real ? 2 : 4);
    }
    put(g, 0xe9, 1);
    put(g, LOOP - g->at - (g->real ? 2 : 4), g->real ? 2 : 4);
}

static void handler(struct gen *g)
{
    g->at = HANDLER;
    wide(g, false);
    put(g, 0xbc, 1); /* MOV ESP, EBP, EDX */
    put(g, address(g, STACK), 4);
    wide(g, false);
    put(g, 0xbd, 1);
    put(g, address(g, DATA + 0x400), 4);
    wide(g, false);
    put(g, 0xc281, 2);
    put(g, any(g), 4);
    put(g, 0xe9, 1);
    put(g, LOOP - g->at - (g->real ? 2 : 4), g->real ? 2 : 4);
}

/* ---- a machine ---- */

struct side {
    struct phys phys;
    struct cpu *c;
    u32 io;
};

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct side *t = owner;
    (void)size;
    return t->io = t->io * 1664525 + port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct side *t = owner;
    t->io ^= port + value + size;
}

static void flat(struct cpu *c, unsigned seg, u16 attr, u16 sel)
{
    c->seg[seg] = (struct seg){.limit = ~0u, .sel = sel, .attr = attr, .usable = true};
    seg_update(&c->seg[seg]);
}

static void tables(struct side *t, bool real)
{
    u8 *ram = t->phys.ram;
    struct cpu *c = t->c;
    for (u32 v = 0; v < 256; v++) {
        put_le32(ram + 4 * v, (u32)LOAD >> 4 << 16 | HANDLER);
        put_le64(ram + IDT + 8 * v, (u64)(LOAD + HANDLER) >> 16 << 48 | 0x8e00ull << 32 | 8 << 16 |
                                        ((LOAD + HANDLER) & 0xffff));
    }
    put_le64(ram + IDT + 0x808, 0x00cf9b000000ffff);
    if (real) {
        c->idtr = (struct table_reg){.base = 0, .limit = 0x3ff};
        for (unsigned s = 0; s < SEG_COUNT; s++)
            seg_load_real(c, s, LOAD >> 4);
        return;
    }
    mmu_set_cr0(&c->mmu, CR0_ET | CR0_PE);
    c->gdtr = (struct table_reg){.base = IDT + 0x800, .limit = 15};
    c->idtr = (struct table_reg){.base = IDT, .limit = 0x7ff};
    flat(c, SEG_CS, 0xc09b, 8);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS)
            flat(c, s, 0xc093, 16);
}

/* The function's pages at their second address. */
static void aliases(struct side *t)
{
    put_le32(t->phys.ram + DIRECTORY, TABLE | 7);
    for (u32 page = 0; page < RAM >> PAGE_SHIFT; page++) {
        bool alias = page >= (LOAD + ALIAS) >> PAGE_SHIFT && page < (LOAD + ALIAS + 0x2000) >> 12;
        u32 frame = page - (alias ? (ALIAS - FUNCTION) >> PAGE_SHIFT : 0);
        put_le32(t->phys.ram + TABLE + 4 * page, frame << PAGE_SHIFT | 0x67);
    }
    mmu_set_cr3(&t->c->mmu, DIRECTORY);
    mmu_set_cr0(&t->c->mmu, CR0_ET | CR0_PE | CR0_PG);
}

/* The loop begins. */
static void begin(struct side *t, bool real)
{
    struct gen g = {.real = real};
    t->c->halted = false;
    t->c->eip = address(&g, LOOP);
    t->c->gpr[ESP] = address(&g, STACK);
    t->c->gpr[EBP] = address(&g, DATA + 0x400);
    cpu_set_eflags(t->c, EFL_ONE);
}

static void setup(struct side *t, u64 seed, struct gen *g)
{
    struct cpu_bus bus = {.port_in = port_in, .port_out = port_out, .owner = t};
    memset(t, 0, sizeof *t);
    if (!phys_init(&t->phys, RAM, NULL))
        abort();
    for (u32 page = 0; page < 2; page++) { /* as an adapter's memory in two windows */
        u8 *host = t->phys.ram + LOAD + FUNCTION + page * PAGE_SIZE;
        if (seed & 2) {
            phys_map_bank(&t->phys, LOAD + FUNCTION + page * PAGE_SIZE, PAGE_SIZE, host, true);
            phys_map_bank(&t->phys, LOAD + ALIAS + page * PAGE_SIZE, PAGE_SIZE, host, true);
        }
    }
    if (!(t->c = cpu_new(cpu_model_find("pentium3"), &t->phys, &bus, NULL)))
        abort();
    *g = (struct gen){.state = seed, .code = t->phys.ram + LOAD, .real = seed & 1};
    for (unsigned i = 0; i < 8; i++)
        any(g);
    for (u32 at = 0; at < 0x2000; at += 4)
        put_le32(t->phys.ram + LOAD + DATA + at, any(g));
    function(g);
    if (!g->places)
        g->place[g->places++] = (struct place){g->first, 1, false};
    loop(g);
    handler(g);
    mmu_set_cr4(&t->c->mmu, CR4_OSFXSR);
    tables(t, g->real);
    if (!(seed & 2) && !g->real)
        aliases(t);
    else if (!(seed & 2))
        memcpy(t->phys.ram + LOAD + ALIAS, t->phys.ram + LOAD + FUNCTION, 2 * PAGE_SIZE);
    begin(t, g->real);
    t->c->gpr[EDX] = any(g);
    cpu_update_mode(t->c);
    fpu_update(t->c);
    fpu_leave(t->c);
    t->c->fpu.fcw = FCW_INIT;
    fpu_loaded(t->c);
}

static bool same(struct side *a, struct side *b, bool memory)
{
    struct cpu *x = a->c, *y = b->c;
    fpu_leave(x);
    fpu_leave(y);
    return !memcmp(x->gpr, y->gpr, sizeof x->gpr) && x->eip == y->eip &&
           cpu_eflags(x) == cpu_eflags(y) && cpu_executed(x) == cpu_executed(y) &&
           x->halted == y->halted && x->event.pending == y->event.pending && a->io == b->io &&
           !memcmp(&x->fpu, &y->fpu, offsetof(struct cpu_fpu, gate)) &&
           (!memory || !memcmp(a->phys.ram, b->phys.ram, RAM));
}

static void differ(struct side *a, struct side *b)
{
    fprintf(stderr, "after %llu and %llu instructions:\n", (unsigned long long)cpu_executed(a->c),
            (unsigned long long)cpu_executed(b->c));
    cpu_describe(a->c, stderr);
    cpu_describe(b->c, stderr);
    for (u32 i = 0; i < RAM; i++)
        if (a->phys.ram[i] != b->phys.ram[i]) {
            fprintf(stderr, "memory at %05x: %02x and %02x\n", i, a->phys.ram[i], b->phys.ram[i]);
            break;
        }
    abort();
}

/* To this number of instructions, each `step` of them by a slice of its own; how often a point of
 * the debugger was met. */
static u32 run_to(struct side *t, u64 end, u64 step, bool real)
{
    u32 met = 0;
    for (u64 n = 0; cpu_executed(t->c) < end && n < 2 * end + 100; n++) {
        u64 left = end - cpu_executed(t->c);
        enum cpu_stop why = cpu_run(t->c, left < step ? left : step);
        struct inspect_hit h;
        if (why == CPU_REQUEST && cpu_point_met(t->c, &h)) {
            met = met * 31 + h.lin + (u32)cpu_executed(t->c);
            cpu_points_pass(t->c);
        } else if (why == CPU_HALT || why == CPU_SHUTDOWN) {
            t->c->shutdown = false;
            begin(t, real);
        }
    }
    return met;
}

/* From outside; the same for all. */
static void disturb(struct side *t, const struct gen *g, struct gen *how)
{
    u32 what = any(how) % 8, at = any(how), v = any(how);
    struct place p = g->place[at % g->places];
    struct inspect_point point = {.kind = INSPECT_EXECUTE, .len = 1};
    point.lin = LOAD + g->first + at % (g->end - g->first + 1);
    point.sel = t->c->seg[SEG_CS].sel;
    if (what < 3) {
        if (p.address)
            v = address(g, DATA + v % 0x7ff);
        phys_write(&t->phys, LOAD + p.at + (v >> 30 ? 0 : ALIAS - FUNCTION), &v, p.size);
    } else if (what == 3) {
        blocks_drop_all(t->c);
    } else if (what == 4) {
        cpu_point_set(t->c, &point);
    } else if (what == 5) {
        cpu_points_clear(t->c);
    }
}

static void run(u64 seed)
{
    static const u32 longest[] = {40, 400, 6000};
    enum { SIDES = 3 };
    struct side side[SIDES];
    struct gen g, how[SIDES], slices = {.state = seed * 3};
    struct err e;
    for (unsigned i = 0; i < SIDES; i++) {
        setup(&side[i], seed, &g);
        how[i] = (struct gen){.state = seed * 5};
    }
    jit_start(side[2].c, 5 + seed / 4 % 2 * 60, false, &e); /* without one: as side[1] */
    u64 end = 0;
    u32 most = longest[any(&slices) % ARRAY_SIZE(longest)];
    for (unsigned n = 0; n < SLICES; n++) {
        end += 1 + any(&slices) % most;
        u32 met = run_to(&side[0], end, 1, g.real);
        for (unsigned i = 1; i < SIDES; i++)
            if (run_to(&side[i], end, end, g.real) != met || !same(&side[0], &side[i], n % 4 == 0))
                differ(&side[0], &side[i]);
        for (unsigned i = 0; i < SIDES; i++)
            disturb(&side[i], &g, &how[i]);
    }
    for (unsigned i = 1; i < SIDES; i++)
        if (!same(&side[0], &side[i], true))
            differ(&side[0], &side[i]);
    for (unsigned i = 0; i < SIDES; i++) {
        cpu_free(side[i].c);
        phys_free(&side[i].phys);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 seed = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 0x100000001b3ull;
    for (unsigned k = 0; k < 4; k++)
        run((seed & ~3ull) + k);
    return 0;
}
