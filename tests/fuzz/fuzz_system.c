/*
 * fuzz_system.c - programs that do what systems do, in four ways at once: interpreted, as machine
 * code, as machine code in slices, one instruction at a time. All four are the same at every stop.
 *
 * fuzz_tiers makes programs of instructions; here they change what instructions mean: far transfers
 * through gates and tasks, IRET to rings and to virtual-8086 mode, segments with odd bases, limits
 * and sizes, CR0, CR3, CR4 (4 KiB, 4 MiB and PAE tables over the same memory), page tables,
 * descriptors and gates that are written while they are used, INVLPG in the middle, breakpoints of
 * the debug registers, TF, AC, NT, VIF, interrupt shadows, A20, fast system calls, stores into the
 * instructions that come next, operands at the ends of pages and segments. Ports and a window of
 * device memory raise lines at once or some instructions later, write into code, switch A20 and
 * show code in another page. Faults and interrupts go through gates of both sizes; handlers return,
 * or go on in another ring, mode or segment. Who shuts down begins anew.
 */
#include "cpu/blocks/block.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum {
    RAM = 0x120000, INSTRUCTIONS = 8000,
    GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, TSS_TWO = 0x3100, TSS16 = 0x3200, LDT = 0x3300,
    FAR = 0x3400,                     /* far pointers, for instructions that take one from memory */
    CODE = 0x8000, HALF = 0x1000,     /* 32-bit code, then as much of 16 bits */
    END = 0x800,                      /* there some segments end, in both */
    TWIN = 0x100000 + CODE,           /* nearly the same code once more; there A20 counts, too */
    HANDLERS = 0xa000, HANDLERS16 = 0xc000, HANDLER = 128, LOW = 0xe000,
    TURNS = 0x3800,                   /* of each vector: where does its handler go on next? */
    DATA = 0x40000, DATA_BYTES = 0x4000, STACK = 0x50ff0, STACK_USER = 0x52ff0,
    TABLES = 0x80000, PDS = 0x80000,  /* two directories, */
    PT = 0x82000,                     /* a table for both, */
    PDPT = 0x84000, PAE_PD = 0x85000, PAE_PT = 0x86000, TABLES_END = 0x87000,
    MMIO = 0xa0000, WINDOW = 0xb0000, /* a device; pages of code once more */
    AGAIN = 0x400000, LARGE = 0x800000, /* the same linear memory by other entries */
    VECTORS = 64, FARS = 32,
    ROOM = 96                         /* the longest item has it */
};

enum sel {
    CODE32 = 1, DATA32, USER32, USER_DATA, CODE16, DATA16, USER16, USER_DATA16, DOWN32, DOWN16,
    CONFORMING, EXECUTE, READ_ONLY, ABSENT, SHORT, HIGH, TASK, TASK_TWO, TASK16, TABLE, CALL32,
    CALL16, TASK_GATE, CODE1, DATA1, SMALL_STACK, BASED, BASED_DATA, PLAIN16, LONG, SHORT16, SELS
};
/* clang-format on */

/* Base, limit in bytes or pages, access, G and D. */
static const struct {
    u32 base, limit;
    u8 access, flags;
} segment[SELS] = {
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

struct side {
    struct phys phys;
    struct cpu *c;
    u32 io;
    u64 due; /* when the interrupt comes that a device was asked for; 0: none */
};

/* ---- the outside ---- */

static u64 now(const struct side *s)
{
    return cpu_ticks(s->c);
}

/* What a device does when it is written to. */
static void act(struct side *s, u32 what, u32 value)
{
    s->io = s->io * 1664525 + 1013904223 + value;
    u32 any = s->io >> 8;
    switch (what % 8) {
    case 0:
        cpu_set_intr(s->c, any & 1);
        break;
    case 1:
        cpu_raise_nmi(s->c);
        break;
    case 2:
        if (value % 4 == 0)
            phys_set_a20(&s->phys, any & 1);
        break;
    case 3:
    case 4:
        if (s->due)
            break;
        s->due = now(s) + 1 + any % 30;
        cpu_shorten(s->c, s->due - now(s));
        break;
    case 5: { /* DMA */
        static const u8 bytes[] = {0x40, 0x47, 0x90, 0xf9, 0x89, 0x03, 0xc3, 0x75};
        u32 at = CODE + any % (2 * HALF);
        phys_write(&s->phys, at, &bytes[value % sizeof bytes], 1);
        break;
    }
    case 6: { /* code is seen in the window, too, or is not */
        bool on = any & 1;
        phys_map_bank(&s->phys, WINDOW, 2 * HALF, s->phys.ram + (on ? CODE : WINDOW), on);
        phys_map_bank(&s->phys, CODE, 2 * HALF, s->phys.ram + CODE, on);
        break;
    }
    default:
        break;
    }
}

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct side *s = owner;
    (void)size;
    return s->io = s->io * 1664525 + port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    (void)size;
    act(owner, port, value);
}

static u8 irq_ack(void *owner)
{
    struct side *s = owner;
    cpu_set_intr(s->c, false);
    return (u8)(0x20 + (s->io >> 8 & 7));
}

static u64 time_ns(void *owner)
{
    struct side *s = owner;
    return s->c ? 5 * now(s) : 0;
}

/* Reads change nothing: code may be fetched from there, as far ahead as anybody likes. */
static u32 mmio_read(void *dev, u32 addr, unsigned size)
{
    static const u8 text[] = {0x40, 0x8b, 0xc1, 0x47, 0x90, 0xf8, 0x74, 0x02};
    u32 v = 0;
    (void)dev;
    for (unsigned i = 0; i < size; i++)
        v |= (u32)text[(addr + i) * 5 % sizeof text] << 8 * i;
    return v;
}

static void mmio_write(void *dev, u32 addr, u32 value, unsigned size)
{
    act(dev, addr + size, value);
}

static const struct mmio_ops mmio = {.read = mmio_read, .write = mmio_write};

/* ---- a program ---- */

struct maker {
    struct gen g;
    const struct cpu_model *model;
    u32 systems;      /* so many of a hundred change what others mean */
    u8 *low, *tables; /* memory below LOW; TABLES and what is behind it */
};

/* An instruction of 32-bit operands and addresses, whatever the code's size; its bytes. */
static void wide(struct gen *g, unsigned n, const u8 *bytes)
{
    if (g->code16)
        put(g, 0x6766, 2);
    for (unsigned i = 0; i < n; i++)
        put(g, bytes[i], 1);
}

static void plain(struct gen *g, unsigned n, const u8 *bytes)
{
    for (unsigned i = 0; i < n; i++)
        put(g, bytes[i], 1);
}
#define WIDE(...) wide(g, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})
#define PLAIN(...) plain(g, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})

static void set(struct gen *g, unsigned reg, u32 value)
{
    WIDE((u8)(0xb8 + reg));
    put(g, value, 4);
}

static void push(struct gen *g, u32 value)
{
    WIDE(0x68);
    put(g, value, 4);
}

/* mov dword [at], value; or a byte */
static void poke(struct gen *g, u32 at, u32 value, unsigned bytes)
{
    WIDE(bytes == 4 ? 0xc7 : 0xc6, 0x05);
    put(g, at, 4);
    put(g, value, bytes);
}

static u32 one_of(struct gen *g, const u32 *list, size_t n)
{
    return list[any(g) % n];
}
#define ONE_OF(...) one_of(g, (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / 4)

static u32 with_rpl(struct gen *g, u32 n)
{
    return n * 8 + (chance(g, 4) ? any(g) & 3 : segment[n].access >> 5 & 3u);
}

/* A code segment that may be returned to. */
static u32 code_selector(struct gen *g)
{
    return with_rpl(g, ONE_OF(CODE32, CODE32, USER32, USER32, USER32, CODE16, USER16, CONFORMING,
                              EXECUTE, SHORT, SHORT, LONG, LONG, SHORT16, HIGH, CODE1, CODE1, BASED,
                              PLAIN16));
}

/* What a far transfer may lead to, also from a ring that may not. */
static u32 door_selector(struct gen *g)
{
    return with_rpl(g, ONE_OF(CODE32, CODE32, USER32, USER32, CODE16, USER16, CONFORMING,
                              CONFORMING, EXECUTE, SHORT, HIGH, CODE1, BASED, PLAIN16, TASK_TWO,
                              TASK16, CALL32, CALL32, CALL16, CALL16, TASK_GATE, ABSENT));
}

static u32 data_selector(struct gen *g)
{
    return with_rpl(g, ONE_OF(DATA32, DATA32, USER_DATA, USER_DATA, USER_DATA, DATA16, USER_DATA16,
                              DOWN32, DOWN16, READ_ONLY, EXECUTE, ABSENT, DATA1, SMALL_STACK,
                              BASED_DATA, 0, TABLE));
}

/* Somewhere in the half of the program that has the size of this code segment. */
static u32 target(struct gen *g, u32 sel)
{
    unsigned n = sel / 8;
    u32 at = CODE + any(g) % (HALF - 64);
    if (n == SHORT || n == SHORT16 || (n == LONG && chance(g, 70)))
        at = CODE + END - 8 - any(g) % 56;
    if (n == HIGH && chance(g, 50))
        at = CODE + 0x400 - any(g) % 40;
    if (!(segment[n].flags & 4))
        at += HALF;
    if ((n == CODE32 || n == USER32) && chance(g, 12))
        at += TWIN - CODE;
    return at - segment[n].base;
}

/* An address of something that is not only data. */
static u32 place(struct gen *g)
{
    switch (any(g) % 12) {
    case 0:
        return DATA + 0x1000 * (any(g) % 4) - any(g) % 8;
    case 1:
        return CODE + any(g) % (2 * HALF);
    case 2:
        return AGAIN + DATA + any(g) % DATA_BYTES;
    case 3:
        return LARGE + DATA + any(g) % DATA_BYTES;
    case 4:
        return MMIO + any(g) % 0x1000;
    case 5:
        return WINDOW + any(g) % (2 * HALF);
    case 6:
        return AGAIN + CODE + any(g) % (2 * HALF);
    case 7:
        return 0x100000 + CODE + any(g) % (2 * HALF);
    case 8:
        return STACK - any(g) % 64;
    default:
        return DATA + any(g) % DATA_BYTES;
    }
}

static void far_ways(struct gen *g)
{
    u32 how = any(g) % 6, n = any(g) % FARS;
    u32 sel = how < 4 ? door_selector(g) : code_selector(g), to = target(g, sel);
    u8 op = any(g) & 1 ? 0xea : 0x9a;
    switch (how) {
    case 0:
    case 1:
        WIDE(op);
        put(g, to, 4);
        put(g, sel, 2);
        break;
    case 2:
        WIDE(0xff, any(g) & 1 ? 0x2d : 0x1d);
        put(g, FAR + 8 * n, 4);
        break;
    case 3: /* with 16 bits, if that reaches */
        if (!g->code16)
            PLAIN(0x66);
        PLAIN(op);
        put(g, to, 2);
        put(g, sel, 2);
        break;
    default: /* RET */
        push(g, sel);
        push(g, to);
        if (chance(g, 80)) {
            WIDE(0xcb);
        } else {
            WIDE(0xca);
            put(g, 4 * (any(g) & 3), 2);
        }
        break;
    }
}

static u32 eflags_bits(struct gen *g)
{
    static const u32 rare[] = {EFL_TF,   EFL_RF,  EFL_NT,  EFL_AC,  EFL_IOPL,
                               1u << 12, EFL_VIF, EFL_VIP, 1u << 21};
    u32 v = any(g) & (EFL_ARITH | EFL_DF | EFL_IF);
    for (unsigned i = 0; i < ARRAY_SIZE(rare); i++)
        if (chance(g, 12))
            v |= rare[i];
    return v | EFL_ONE;
}

static void iret(struct gen *g)
{
    u32 sel = code_selector(g), to = target(g, sel);
    if (chance(g, 12)) { /* to virtual-8086 mode: GS, FS, DS, ES, SS */
        for (unsigned i = 0; i < 5; i++)
            push(g, DATA >> 4);
        push(g, (u16)STACK - 2 * (any(g) % 4));
        push(g, eflags_bits(g) | EFL_VM | (any(g) & 1 ? EFL_IOPL : 0));
        push(g, CODE >> 4);
        push(g, HALF + any(g) % (HALF - 64));
        WIDE(0xcf);
        return;
    }
    if (sel & 3) {
        push(g, (sel & 3) == 1 ? DATA1 * 8 + 1 : ONE_OF(USER_DATA, USER_DATA, USER_DATA16) * 8 + 3);
        push(g, STACK_USER - 4 * (any(g) % 16));
    }
    push(g, eflags_bits(g));
    push(g, sel);
    push(g, to);
    WIDE(0xcf);
}

static void flags(struct gen *g)
{
    WIDE(0x9c);             /* pushf */
    WIDE(0x81, 0x34, 0x24); /* xor dword [esp] */
    put(g,
        chance(g, 60) ? ONE_OF(EFL_TF, EFL_IF, EFL_IF, EFL_AC, EFL_NT, EFL_IOPL, EFL_DF, EFL_RF)
                      : eflags_bits(g),
        4);
    if (chance(g, 90))
        WIDE(0x9d);
    else
        PLAIN(0x9d);
}

/* CR0, CR3, CR4 with some bits the other way. */
static void control(struct gen *g)
{
    u32 cr = ONE_OF(0, 0, 3, 4), bits;
    if (cr == 3) {
        set(g, EAX, ONE_OF(PDS, PDS, PDS + 0x1000, PDPT) | (any(g) & 0x18));
        PLAIN(0x0f, 0x22, 0xd8);
        return;
    }
    if (cr == 0)
        bits = ONE_OF(CR0_TS, CR0_EM, CR0_MP, CR0_NE, CR0_WP, CR0_AM, CR0_PG, CR0_PG, CR0_PE,
                      CR0_CD, CR0_TS | CR0_MP, CR0_PG | CR0_PE);
    else
        bits = ONE_OF(CR4_VME, CR4_PVI, CR4_TSD, CR4_DE, CR4_PSE, CR4_PAE, CR4_PGE, CR4_OSFXSR,
                      CR4_OSXMMEXCPT, CR4_PGE);
    PLAIN(0x0f, 0x20, (u8)(0xc0 | cr << 3)); /* mov eax, cr */
    WIDE(0x35);                              /* xor eax */
    put(g, bits, 4);
    PLAIN(0x0f, 0x22, (u8)(0xc0 | cr << 3));
    if (bits == CR4_PAE && cr == 4) { /* its tables are elsewhere */
        set(g, EAX, any(g) & 1 ? PDPT : PDS);
        PLAIN(0x0f, 0x22, 0xd8);
    }
}

/* PAE on, or off: paging off, tables, CR4, paging on. */
static void other_tables(struct gen *g)
{
    bool pae = any(g) & 1;
    PLAIN(0x0f, 0x20, 0xc0);
    WIDE(0x25);
    put(g, ~CR0_PG, 4);
    PLAIN(0x0f, 0x22, 0xc0);
    set(g, EAX, pae ? PDPT : PDS);
    PLAIN(0x0f, 0x22, 0xd8);
    set(g, EAX, (pae ? CR4_PAE : CR4_PSE) | CR4_PGE);
    PLAIN(0x0f, 0x22, 0xe0);
    PLAIN(0x0f, 0x20, 0xc0);
    WIDE(0x0d);
    put(g, CR0_PG | CR0_PE | (any(g) & CR0_WP), 4);
    PLAIN(0x0f, 0x22, 0xc0);
}

/* A breakpoint on an instruction near by, on data, on the stack; or what is known of them. */
static void debugging(struct gen *g)
{
    u32 n = any(g) & 3, rw = any(g) & 3, len = ONE_OF(0, 0, 1, 3), at;
    switch (any(g) % 6) {
    case 0:
        PLAIN(0x0f, 0x21, (u8)(0xc0 | ONE_OF(0, 6, 7, 4) << 3)); /* mov eax, dr */
        return;
    case 1: /* none any more */
        set(g, EAX, 0x400);
        PLAIN(0x0f, 0x23, 0xf8);
        return;
    case 2:
        set(g, EAX, any(g));
        PLAIN(0x0f, 0x23, 0xf0);
        return;
    default:
        break;
    }
    if (rw == 0)
        at = g->program + (g->at + 20 + any(g) % 40) % HALF, len = 0;
    else if (rw == 2)
        at = any(g) % 0x100;
    else
        at = any(g) & 1 ? STACK - any(g) % 64 : place(g);
    set(g, EAX, at);
    PLAIN(0x0f, 0x23, (u8)(0xc0 | n << 3));
    set(g, EAX,
        0x400 | 3u << 2 * n | (rw | len << 2) << (16 + 4 * n) | (chance(g, 5) ? DR7_GD : 0));
    PLAIN(0x0f, 0x23, 0xf8);
}

/* An entry of the tables, and then nothing, INVLPG or CR3. */
static void paging(struct gen *g)
{
    u32 page = ONE_OF(CODE, CODE + HALF, DATA, DATA + 0x1000, DATA + 0x2000, STACK, STACK_USER,
                      HANDLERS, GDT, PT, TSS) >>
               12;
    u32 bits = ONE_OF(7, 7, 7, 3, 5, 6, 0x107, 0x27, 0x67, 0x167, 1);
    if (page < 16 && chance(g, 80))
        bits |= 7;
    u32 frame = page, how = any(g) % 4, lin = (page << 12) + any(g) % 0x1000;
    if (chance(g, 20))
        frame ^= 1;
    if (chance(g, 10))
        poke(g, PDS + (any(g) & 1 ? 0x1000 : 0) + 4 * (any(g) % 3),
             ONE_OF(PT | 7, PT | 7, 0x87, 0x187, PT | 3, PT | 0x27), 4);
    else if (chance(g, 20))
        poke(g, PAE_PT + 8 * page, frame << 12 | bits, 4);
    else
        poke(g, PT + 4 * page, frame << 12 | bits, 4);
    if (how == 0) {
        PLAIN(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8);
    } else if (how < 3) {
        WIDE(0x0f, 0x01, 0x3d);
        put(g, lin + ONE_OF(0, 0, AGAIN, LARGE), 4);
    }
}

/* The page of this code becomes its twin, or itself again. */
static void other_code(struct gen *g)
{
    u32 page = g->program >> 12, frame = (any(g) & 1 ? TWIN - CODE : 0) + g->program;
    poke(g, PT + 4 * page, frame | 7, 4);
    poke(g, PAE_PT + 8 * page, frame | 7, 4);
    if (chance(g, 15))
        return;
    if (chance(g, 70)) {
        WIDE(0x0f, 0x01, 0x3d);
        put(g, (page << 12) + any(g) % 0x1000, 4);
    } else {
        PLAIN(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8);
    }
}

/* Descriptors, gates, task segments; what refers to them. */
static void tables(struct gen *g)
{
    u32 n = 1 + any(g) % (SELS - 1);
    switch (any(g) % 9) {
    case 0:
        poke(g, GDT + 8 * n + 5, segment[n].access ^ ONE_OF(1, 2, 4, 0x20, 0x60, 0x80), 1);
        break;
    case 1:
        poke(g, GDT + 8 * n + 5, segment[n].access, 1);
        break;
    case 2:
        poke(g, IDT + 8 * (any(g) % VECTORS) + 5, ONE_OF(0x8e, 0x8f, 0xee, 0x86, 0x0e, 0x85), 1);
        break;
    case 3:
        set(g, EAX, 8 * ONE_OF(TASK, TASK_TWO, TASK_TWO, TASK16, n));
        PLAIN(0x0f, 0x00, 0xd8); /* ltr ax */
        break;
    case 4:
        set(g, EAX, 8 * ONE_OF(TABLE, TABLE, 0, n));
        PLAIN(0x0f, 0x00, 0xd0); /* lldt ax */
        break;
    case 5: /* where a task goes on, its T bit */
        poke(g, ONE_OF(TSS, TSS_TWO) + ONE_OF(0x20, 0x24, 0x64, 0x64), any(g) & 1, 1);
        break;
    case 6: /* verr, verw, lar, lsl */
        set(g, EAX, 8 * n + (any(g) & 3));
        PLAIN(0x0f, (u8)ONE_OF(0x00, 0x00, 0x02, 0x03), (u8)(any(g) & 1 ? 0xe0 : 0xe8));
        break;
    case 7:
        WIDE(0x0f, 0x01, (u8)ONE_OF(0x05, 0x0d, 0x25)); /* sgdt, sidt, smsw */
        put(g, place(g), 4);
        break;
    default:
        n = any(g) & 1;
        WIDE(0x0f, 0x01, n ? 0x15 : 0x1d); /* lgdt, lidt */
        put(g, n ? FAR - 16 : FAR - 8, 4);
        break;
    }
}

/* Into a segment register, and something behind it that may be held back by it. */
static void segments(struct gen *g)
{
    static const u8 pop[][2] = {{0x07}, {0}, {0x17}, {0x1f}, {0x0f, 0xa1}, {0x0f, 0xa9}};
    u32 seg = ONE_OF(SEG_ES, SEG_DS, SEG_FS, SEG_GS, SEG_SS, SEG_SS), sel = data_selector(g);
    switch (any(g) % 4) {
    case 0:
        push(g, sel);
        wide(g, pop[seg][1] ? 2 : 1, pop[seg]);
        break;
    case 1: {
        u32 load = ONE_OF(0xc4, 0xc5, 0xb2, 0xb4, 0xb5);
        if (load < 0xc0)
            WIDE(0x0f, (u8)load, 0x1d); /* lss ebx, ... */
        else
            WIDE((u8)load, 0x1d);
        put(g, FAR + 8 * (any(g) % FARS), 4);
        break;
    }
    default:
        set(g, EAX, sel);
        PLAIN(0x8e, (u8)(0xc0 | seg << 3));
        break;
    }
    if (seg == SEG_SS && chance(g, 70))
        set(g, ESP, sel / 8 == DATA32 || sel / 8 == USER_DATA ? STACK : (u16)STACK);
}

/* A stack that ends soon, and what needs more of it. */
static void stacks(struct gen *g)
{
    set(g, ESP,
        ONE_OF(DATA + 0x1000, DATA + 0x2000, 0x51000, 0x10000, 0, 0x1000, 0x2000) + any(g) % 40 -
            4 * (any(g) & 1));
    switch (any(g) % 6) {
    case 0:
        PLAIN(0x60);
        break;
    case 1:
        PLAIN(0x61);
        break;
    case 2:
        PLAIN(0xc8);
        put(g, any(g) & 0x1f, 2);
        put(g, any(g) & 7, 1);
        break;
    case 3:
        PLAIN(0xcd, (u8)(0x30 + any(g) % 8));
        break;
    case 4:
        PLAIN(0xc9);
        break;
    default:
        PLAIN(0x9c, 0x0e);
        WIDE(0xff, 0x35);
        put(g, place(g), 4);
        break;
    }
    set(g, ESP, STACK - 64);
}

/* Into what comes next, by an instruction or by a string of them. */
static void rewriting(struct gen *g)
{
    u32 to = g->program + g->at + any(g) % 40, n = 1 + any(g) % 12;
    u32 by = ONE_OF(0, 0, AGAIN, LARGE);
    if (chance(g, 50)) {
        poke(g, to + by, ONE_OF(0x40, 0x90, 0x4f, 0xf9, 0x89, 0x75), 1);
        return;
    }
    set(g, EAX, ONE_OF(0x90909090, 0x41414141, 0x47474747));
    set(g, EDI, to + by - (chance(g, 30) ? 24 : 0));
    set(g, ESI, CODE + any(g) % HALF);
    set(g, ECX, n);
    WIDE((u8)ONE_OF(0xf3, 0xf2), (u8)ONE_OF(0xaa, 0xab, 0xa4, 0xa5));
}

/* A wide operand, at a page's end as a rule. */
static void operands(struct gen *g)
{
    /* cmpxchg8b, fxsave, fxrstor, cmpxchg, xadd, shld, bts, movups */
    static const u8 with[][2] = {{0xc7, 0x0d}, {0xae, 0x05}, {0xae, 0x0d}, {0xb1, 0x05},
                                 {0xc1, 0x05}, {0xa4, 0x05}, {0xab, 0x05}, {0x11, 0x05}};
    unsigned i = any(g) % ARRAY_SIZE(with);
    u32 at = place(g);
    if (chance(g, 50))
        at = (at | 0xfff) - any(g) % 20;
    if (i == 1 || i == 2)
        at &= ~15u;
    if (chance(g, 25))
        PLAIN(0xf0);
    WIDE(0x0f, with[i][0], with[i][1]);
    put(g, at, 4);
    if (with[i][0] == 0xa4)
        put(g, any(g) & 31, 1);
}

static void fast_calls(struct gen *g)
{
    u32 n = any(g) % 5;
    if (n < 3) {
        set(g, ECX, 0x174 + n);
        set(g, EAX,
            n == 0   ? ONE_OF(CODE32 * 8, CODE32 * 8, 0)
            : n == 1 ? STACK - 4 * (any(g) & 7)
                     : CODE + any(g) % (HALF - 64));
        set(g, EDX, 0);
        PLAIN(0x0f, 0x30);
        return;
    }
    set(g, ECX, STACK_USER - 4 * (any(g) & 7));
    set(g, EDX, CODE + any(g) % (HALF - 64));
    PLAIN(0x0f, (u8)(0x34 + (n & 1)));
}

static void small(struct gen *g)
{
    static const u8 one[] = {0xfa, 0xfb, 0xfa, 0xcc, 0xce, 0xf1, 0x9b, 0xf4};
    u32 n = any(g) % 12;
    if (n == 7 && !chance(g, 10))
        n = 1;
    switch (n) {
    case 8:
        PLAIN(0xcd, (u8)(any(g) % 0x40));
        break;
    case 9:
        PLAIN((u8)ONE_OF(0xe6, 0xe7, 0xe4, 0xe5), (u8)any(g));
        break;
    case 10:
        PLAIN(0x0f, (u8)ONE_OF(0x31, 0x06, 0xa2, 0x08)); /* rdtsc, clts, cpuid, invd */
        break;
    case 11: /* the device in memory */
        WIDE((u8)ONE_OF(0xa3, 0xa2, 0xa1));
        put(g, MMIO + any(g) % 0x400, 4);
        break;
    default:
        put(g, one[n], 1);
        break;
    }
}

/* A block that is entered often: into the code that comes behind it, and back. */
static void again(struct gen *g)
{
    set(g, ECX, 2 + any(g) % 12);
    u32 start = g->at;
    for (unsigned i = any(g) % 3; i < 3; i++)
        PLAIN((u8)(0x40 + any(g) % 16 / 4 * 2 + 1));
    WIDE((u8)ONE_OF(0xff, 0x01, 0x8b), 0x05);
    put(g, place(g), 4);
    PLAIN(0xe2);
    put(g, start - g->at - 1, 1);
}

static bool row_wanted(const struct opdef *r, const struct cpu_model *model)
{
    switch ((enum operation)r->operation) {
    case I_hlt:
    case I_loadall:
    case I_lgdt:
    case I_lidt:
    case I_ltr:
    case I_lldt:
    case I_lmsw:
    case I_wrmsr:
    case I_undefined:
    case I_too_long:
        return false;
    default:
        return r->map <= 1 && !kind_among(r->operand[0], KIND(Cd) | KIND(Dd)) &&
               model_has(model, (enum feature)r->feature);
    }
}

static bool is_plain(const struct opdef *r)
{
    enum op_class class = row_operation(r)->class;
    return r->feature <= F_CMOV && class != OC_X87 && class != OC_FCMOVCC &&
           !(r->attr & (A_IO | A_PM)) && !(r->map == 1 && r->opcode < 0x40);
}

static void any_row(struct maker *m)
{
    const struct opdef *r;
    do {
        r = &opdefs[any(&m->g) % opdef_count];
    } while (!row_wanted(r, m->model) || (!is_plain(r) && !chance(&m->g, m->g.others)));
    row(&m->g, r);
}

static void far_pointer(struct gen *g, unsigned bytes)
{
    u32 sel = door_selector(g);
    put(g, target(g, sel), bytes);
    put(g, sel, 2);
}

static void refresh(struct gen *g)
{
    unsigned reg = any(g) % 8;
    if (reg == ESP)
        set(g, ESP, STACK - 4 * (any(g) % 64));
    else
        set(g, reg, chance(g, 70) ? place(g) : number(g));
}

/* Where segments end: small instructions, and branches among them. */
static void knot(struct gen *g)
{
    u32 start = g->at;
    while (g->at < END + 4) {
        if (chance(g, 40))
            PLAIN((u8)(0x40 + any(g) % 16));
        else if (chance(g, 30))
            PLAIN(0x83, (u8)(0xc0 + any(g) % 64), (u8)any(g));
        else
            PLAIN((u8)(0x70 + any(g) % 16), (u8)(start + any(g) % (END - start) - g->at - 2));
    }
}

static void item(struct maker *m)
{
    static void (*const systems[])(struct gen *) = {
        far_ways, iret,  flags,     control,  other_tables, debugging, paging,     other_code,
        tables,   small, rewriting, operands, stacks,       small,     fast_calls, segments};
    struct gen *g = &m->g;
    u32 how = any(g) % 100;
    if (how < m->systems)
        systems[any(g) % ARRAY_SIZE(systems)](g);
    else if (how < m->systems + 14)
        refresh(g);
    else if (how < m->systems + 17)
        again(g);
    else
        any_row(m);
}

static void make_program(struct maker *m)
{
    struct gen *g = &m->g;
    for (unsigned half = 0; half < 2; half++) {
        g->code16 = half;
        g->code = m->low + CODE + half * HALF;
        g->at = 0;
        g->data = half ? 0 : DATA;
        g->program = CODE + half * HALF;
        g->program_bytes = HALF;
        bool tied = false;
        while (g->at < HALF - ROOM) {
            if (!tied && g->at > END - 80) {
                knot(g);
                tied = true;
            }
            item(m);
        }
        put(g, 0xe9, 1);
        put(g, 0u - g->at - (half ? 2 : 4), 4);
    }
}

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

static void make_handlers(struct maker *m)
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

static void make_descriptors(struct maker *m)
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

static void make_task(struct maker *m, u32 at, bool vm)
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

static void make_task16(struct maker *m)
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

static void make_paging(struct maker *m)
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
    put_le32(t + PDPT - TABLES, PAE_PD | 1);
    put_le32(t + PAE_PD - TABLES, PAE_PT | 7);
    put_le32(t + PAE_PD - TABLES + 8 * (AGAIN >> 21), PAE_PT | 7);
    put_le32(t + PAE_PD - TABLES + 8 * (LARGE >> 21), 0x87);
}

/* ---- a machine ---- */

static void set_seg(struct cpu *c, unsigned s, enum sel n)
{
    u32 limit = segment[n].limit;
    c->seg[s] = (struct seg){.base = segment[n].base,
                             .limit = segment[n].flags & 8 ? limit << 12 | 0xfff : limit,
                             .attr = (u16)(segment[n].access | (segment[n].flags & 0xcu) << 12),
                             .sel = (u16)(8 * n + (segment[n].access >> 5 & 3)),
                             .usable = true};
    seg_update(&c->seg[s]);
}

static void begin(struct maker *m, struct cpu *c)
{
    struct gen *g = &m->g;
    u32 kind = any(g) % 10;
    bool real = kind >= 8, v86 = kind == 7, user = kind == 3 || kind == 4, half = kind >= 5;
    bool paging_on = any(g) & 1 && !real;
    c->shutdown = c->halted = c->event.pending = c->nmi = c->nmi_blocked = false;
    c->stop_wanted = false;
    c->delivering = 0xff;
    c->shadow = SHADOW_NONE;
    c->rep_flags = 0;
    debug_reset(c);
    cpu_set_eflags(c, EFL_ONE);
    c->gdtr = (struct table_reg){GDT, 8 * SELS - 1};
    c->idtr = real ? (struct table_reg){0, 0x3ff} : (struct table_reg){IDT, 0x7ff};
    c->tr = (struct seg){.base = TSS, .limit = 0x6b, .sel = TASK * 8, .attr = 0x8b, .usable = true};
    c->ldtr = (struct seg){.sel = 0};
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        if (real || v86)
            seg_load_real(c, s, s == SEG_CS ? CODE >> 4 : DATA >> 4);
        else if (s == SEG_CS)
            set_seg(c, s, half ? CODE16 : user ? USER32 : CODE32);
        else
            set_seg(c, s, half ? DATA16 : user ? USER_DATA : DATA32);
    }
    if (v86)
        for (unsigned s = 0; s < SEG_COUNT; s++)
            c->seg[s].attr = 0xf3;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = chance(g, 60) ? place(g) : number(g);
    c->gpr[ESP] = half ? (u16)STACK : user ? STACK_USER : STACK;
    c->eip = half ? HALF : CODE;
    mmu_set_cr0(&c->mmu, CR0_ET);
    mmu_set_cr4(&c->mmu, (CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PSE | (any(g) & CR4_PGE) | CR4_DE |
                          (any(g) & CR4_VME)) &
                             c->model->cr4);
    mmu_set_cr3(&c->mmu, PDS);
    mmu_set_cr0(&c->mmu, (CR0_ET | (real ? 0 : CR0_PE | (any(g) & CR0_WP)) | (any(g) & CR0_NE) |
                          (any(g) & CR0_AM) | (paging_on ? CR0_PG : 0)) &
                             c->model->cr0);
    c->cpl = user || v86 ? 3 : 0;
    cpu_set_eflags(c, EFL_ONE | (any(g) & EFL_IF) | (v86 ? EFL_VM | (any(g) & EFL_IOPL) : 0));
    fpu_update(c);
}

/* Everything but what the data has become: at first, and after a shutdown. */
static void rebuild(struct side *s, u64 seed)
{
    struct maker m = {.g = {.state = seed, .far_pointer = far_pointer}, .model = s->c->model};
    for (unsigned i = 0; i < 8; i++)
        any(&m.g);
    m.g.others = any(&m.g) & 1 ? 20 : 4;
    m.systems = 4 + any(&m.g) % 24;
    m.low = calloc(1, LOW);
    m.tables = calloc(1, TABLES_END - TABLES);
    if (!m.low || !m.tables)
        abort();
    make_program(&m);
    make_handlers(&m);
    make_descriptors(&m);
    bool vm = any(&m.g) % 4 == 0;
    make_task(&m, TSS, false);
    make_task(&m, TSS_TWO, vm);
    make_task16(&m);
    make_paging(&m);
    phys_write(&s->phys, 0, m.low, LOW);
    phys_write(&s->phys, TABLES, m.tables, TABLES_END - TABLES);
    for (u32 i = 0; i < 2 * HALF; i++) { /* INC for DEC, and so on */
        u8 *b = m.low + CODE + i;
        if ((*b & 0xf0) == 0x40 && chance(&m.g, 30))
            *b ^= 1;
    }
    phys_write(&s->phys, TWIN, m.low + CODE, 2 * HALF);
    free(m.low);
    free(m.tables);
    s->due = 0;
    cpu_set_intr(s->c, false);
    phys_set_a20(&s->phys, true);
    begin(&m, s->c);
}

static void setup(struct side *s, u64 seed, const struct cpu_model *model)
{
    struct cpu_bus bus = {.owner = s,
                          .port_in = port_in,
                          .port_out = port_out,
                          .irq_ack = irq_ack,
                          .time_ns = time_ns};
    struct gen g = {.state = seed};
    memset(s, 0, sizeof *s);
    if (!phys_init(&s->phys, RAM, NULL) || !(s->c = cpu_new(model, &s->phys, &bus, NULL)))
        abort();
    for (u32 a = 0; a < RAM; a += 2) /* who gets lost meets UD2, and comes back */
        put_le16(s->phys.ram + a, 0x0b0f);
    for (u32 a = 0; a < DATA_BYTES; a += 4)
        put_le32(s->phys.ram + DATA + a, datum(&g));
    phys_map_mmio(&s->phys, MMIO, PAGE_SIZE, &mmio, s, "device");
    rebuild(s, seed);
}

/* ---- four ways ---- */

enum way { WHOLE, MACHINE_CODE, CUT, SINGLE, WAYS };
static const char *const way_name[] = {"in one go", "as machine code", "in slices", "one by one"};

static bool same_seg(const struct seg *a, const struct seg *b)
{
    return a->sel == b->sel && a->base == b->base && a->limit == b->limit && a->attr == b->attr &&
           a->usable == b->usable;
}

/* What differs, or NULL. */
static const char *difference(struct side *a, struct side *b, bool memory)
{
    struct cpu *x = a->c, *y = b->c;
    fpu_leave(x);
    fpu_leave(y);
    if (cpu_executed(x) != cpu_executed(y))
        return "the count of instructions";
    if (memcmp(x->gpr, y->gpr, sizeof x->gpr) || x->eip != y->eip)
        return "registers";
    if (cpu_eflags(x) != cpu_eflags(y))
        return "EFLAGS";
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (!same_seg(&x->seg[s], &y->seg[s]))
            return "segments";
    if (!same_seg(&x->ldtr, &y->ldtr) || !same_seg(&x->tr, &y->tr) ||
        memcmp(&x->gdtr, &y->gdtr, sizeof x->gdtr) || memcmp(&x->idtr, &y->idtr, sizeof x->idtr))
        return "descriptor tables";
    if (x->mmu.cr0 != y->mmu.cr0 || x->cr2 != y->cr2 || x->mmu.cr3 != y->mmu.cr3 ||
        x->mmu.cr4 != y->mmu.cr4)
        return "control registers";
    if (memcmp(x->dr, y->dr, sizeof x->dr))
        return "debug registers";
    if (x->cpl != y->cpl || x->mode != y->mode || x->halted != y->halted ||
        x->shutdown != y->shutdown || x->event.pending != y->event.pending ||
        x->shadow != y->shadow || x->intr != y->intr || x->nmi != y->nmi ||
        x->nmi_blocked != y->nmi_blocked || a->due != b->due || a->io != b->io)
        return "what is under way";
    if (memcmp(&x->fpu, &y->fpu, offsetof(struct cpu_fpu, gate)) ||
        x->msr.sysenter_cs != y->msr.sysenter_cs || x->msr.sysenter_esp != y->msr.sysenter_esp ||
        x->msr.sysenter_eip != y->msr.sysenter_eip)
        return "FPU or MSRs";
    return memory && memcmp(a->phys.ram, b->phys.ram, RAM) ? "memory" : NULL;
}

static void report(struct side *a, struct side *b, enum way how, const char *what, u64 before)
{
    fprintf(stderr, "%s: %s differ from those run whole, between instruction %llu and %llu\n", what,
            way_name[how], (unsigned long long)before, (unsigned long long)cpu_executed(a->c));
    cpu_describe(a->c, stderr);
    fprintf(stderr, "last fault: %s\n", cpu_last_fault_text(a->c));
    cpu_describe(b->c, stderr);
    fprintf(stderr, "last fault: %s\n", cpu_last_fault_text(b->c));
    for (u32 i = 0; i < RAM; i++)
        if (a->phys.ram[i] != b->phys.ram[i]) {
            fprintf(stderr, "memory at %05x: %02x and %02x\n", i, a->phys.ram[i], b->phys.ram[i]);
            break;
        }
    abort();
}

/* Until so many instructions have been executed in all, or nothing goes on. */
static enum cpu_stop advance(struct side *s, u64 target_count, enum way how, u32 *seed)
{
    struct cpu *c = s->c;
    enum cpu_stop why = CPU_BUDGET;
    while (cpu_executed(c) < target_count) {
        u64 n = target_count - cpu_executed(c);
        if (how == SINGLE)
            n = 1;
        else if (how == CUT && (*seed = *seed * 1664525 + 1013904223) >> 26 < n)
            n = 1 + (*seed >> 26);
        if (s->due && s->due > now(s) && s->due - now(s) < n)
            n = s->due - now(s);
        why = cpu_run(c, n);
        if (s->due && (now(s) >= s->due || why == CPU_HALT)) {
            s->due = 0;
            cpu_set_intr(c, true);
            if (why == CPU_HALT && !cpu_waiting(c))
                continue;
        }
        if (why == CPU_HALT || why == CPU_SHUTDOWN)
            break;
    }
    return why;
}

/* The outside, between two slices. */
static void disturb(struct side *s, u32 what, u32 at)
{
    switch (what % 24) {
    case 0:
        blocks_drop_all(s->c);
        break;
    case 1:
        mmu_flush(&s->c->mmu, true);
        break;
    case 2:
    case 3:
    case 4:
        cpu_set_intr(s->c, true);
        break;
    case 5:
        cpu_raise_nmi(s->c);
        break;
    case 6:
    case 7:
        act(s, at, at >> 8);
        break;
    case 8:
    case 9: { /* elsewhere, in another mode */
        struct maker m = {.g = {.state = at}};
        begin(&m, s->c);
        break;
    }
    default:
        break;
    }
}

static void run(u64 seed)
{
    unsigned models = 0;
    while (cpu_model_name(models))
        models++;
    const struct cpu_model *model = cpu_model_find(cpu_model_name((unsigned)(seed >> 8) % models));
    struct side side[WAYS];
    struct err e;
    u32 cut = (u32)seed;
    struct gen g = {.state = ~seed};
    for (enum way how = WHOLE; how < WAYS; how++)
        setup(&side[how], seed, model);
    jit_start(side[MACHINE_CODE].c, seed >> 4 & 3, false, &e); /* or there is none to compare */
    jit_start(side[CUT].c, seed >> 6 & 3, false, &e);
    for (unsigned slices = 0; cpu_executed(side[WHOLE].c) < INSTRUCTIONS && slices < 800;
         slices++) {
        u64 before = cpu_executed(side[WHOLE].c), end = before + 1 + any(&g) % 120;
        u32 what = any(&g), at = any(&g), next = any(&g);
        enum cpu_stop why = CPU_BUDGET;
        for (enum way how = WHOLE; how < WAYS; how++)
            why = advance(&side[how], end, how, &cut);
        bool stuck = why == CPU_SHUTDOWN || why == CPU_HALT;
        bool storm = false; /* of events, with no instruction between: their slices end anywhere */
        for (enum way how = WHOLE; how < WAYS; how++)
            storm |= side[how].c->event.pending;
        for (enum way how = MACHINE_CODE; how < WAYS && !storm; how++) {
            const char *d = difference(&side[WHOLE], &side[how], slices % 8 == 0);
            if (d)
                report(&side[WHOLE], &side[how], how, d, before);
        }
        if (storm)
            break;
        for (enum way how = WHOLE; how < WAYS; how++) {
            if (stuck || (what >> 8) % 32 == 0)
                rebuild(&side[how], seed + next);
            disturb(&side[how], what, at);
        }
    }
    for (enum way how = WHOLE; how < WAYS; how++) {
        cpu_free(side[how].c);
        phys_free(&side[how].phys);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 seed = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 0x100000001b3ull;
    run(seed);
    run(seed * 3 + 1);
    return 0;
}
