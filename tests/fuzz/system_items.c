/*
 * system_items.c - what the programs of fuzz_system.c are made of: far transfers, control
 * registers, tables that change, operands at ends, and any row of the opcode map between.
 */
#include "cpu/protect/debug_regs.h"
#include "tests/fuzz/system.h"

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
u32 door_selector(struct gen *g)
{
    return with_rpl(g, ONE_OF(CODE32, CODE32, USER32, USER32, CODE16, USER16, CONFORMING,
                              CONFORMING, EXECUTE, SHORT, HIGH, CODE1, BASED, PLAIN16, TASK_TWO,
                              TASK16, CALL32, CALL32, CALL16, CALL16, TASK_GATE, ABSENT));
}

u32 data_selector(struct gen *g)
{
    return with_rpl(g, ONE_OF(DATA32, DATA32, USER_DATA, USER_DATA, USER_DATA, DATA16, USER_DATA16,
                              DOWN32, DOWN16, READ_ONLY, EXECUTE, ABSENT, DATA1, SMALL_STACK,
                              BASED_DATA, 0, TABLE));
}

/* Somewhere in the half of the program that has the size of this code segment. */
u32 target(struct gen *g, u32 sel)
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
u32 place(struct gen *g)
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

u32 eflags_bits(struct gen *g)
{
    static const u32 rare[] = {EFL_TF,   EFL_RF,  EFL_NT,  EFL_AC,  EFL_IOPL,
                               1u << 12, EFL_VIF, EFL_VIP, 1u << 21};
    u32 v = any(g) & (EFL_ARITH | EFL_DF | EFL_IF);
    for (unsigned i = 0; i < ARRAY_SIZE(rare); i++)
        if (chance(g, 12))
            v |= rare[i];
    return v | EFL_ONE;
}

void iret(struct gen *g)
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

/*
 * Two processes in turn, and calls into a page that is the same in both, or is not, or becomes
 * another one in one of them.
 */
static void processes(struct gen *g)
{
    u32 page = any(g) & PAGE_SIZE;
    if (g->code16) {
        paging(g);
        return;
    }
    if (chance(g, 40)) {
        poke(g, ONE_OF(PT, PT_TWO) + 4 * ((ROUTINES + page) >> 12),
             ONE_OF(ROUTINES, OTHERS) + page + ONE_OF(7, 7, 0x107), 4);
        if (any(g) & 1) {
            WIDE(0x0f, 0x01, 0x3d);
            put(g, ROUTINES + page + any(g) % PAGE_SIZE, 4);
        }
    }
    set(g, ESP, STACK);
    set(g, ECX, 4 + any(g) % 20);
    u32 start = g->at;
    PLAIN(0x89, 0xc8, 0x83, 0xe0, 1, 0xc1, 0xe0, 12, 0x05); /* the number's lowest bit: */
    put(g, PDS, 4);                                         /* ... add eax, PDS */
    PLAIN(0x0f, 0x22, 0xd8);                                /* mov cr3, eax */
    for (u32 calls = 1 + any(g) % 4; calls--;) {
        u32 n = any(g) % 8, to = ROUTINES + ROUTINE * n + page;
        if (n == 7)
            to = ROUTINES + PAGE_SIZE - 2;
        if (any(g) & 1) {
            PLAIN(0xe8);
            put(g, to - (g->program + g->at + 4), 4);
        } else {
            set(g, EAX, to);
            PLAIN(0xff, 0xd0);
        }
    }
    PLAIN(0xe2);
    put(g, start - g->at - 1, 1);
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
    if (chance(g, 15)) {
        WIDE(0x8f, 0x05); /* pop */
        put(g, at, 4);
        return;
    }
    if (i == 1 || i == 2)
        at &= ~15u;
    if (chance(g, 25))
        PLAIN(0xf0);
    WIDE(0x0f, with[i][0], with[i][1]);
    put(g, at, 4);
    if (with[i][0] == 0xa4)
        put(g, any(g) & 31, 1);
}

/* A string instruction that repeats: between any two places, often with SSE's registers in use. */
static void strings(struct gen *g)
{
    u32 from = place(g), to = chance(g, 40) ? from + any(g) % 48 - 16 : place(g);
    if (chance(g, 25)) /* near the ends of both pages */
        from |= 0xff0, to |= 0xff0;
    set(g, ESI, from);
    set(g, EDI, to);
    set(g, ECX, any(g) % ONE_OF(4, 40, 0x200, 0x1400));
    if (chance(g, 30))
        PLAIN(0x0f, 0x28, (u8)(0xc0 | (any(g) & 63))); /* movaps */
    if (chance(g, 50))
        PLAIN((u8)ONE_OF(0xfc, 0xfc, 0xfc, 0xfd));
    if (chance(g, 20))
        PLAIN((u8)ONE_OF(0x26, 0x2e, 0x36, 0x64, 0x65));
    u8 rep = (u8)ONE_OF(0xf3, 0xf3, 0xf2);
    u8 op = (u8)ONE_OF(0xa4, 0xa5, 0xaa, 0xab, 0xa6, 0xa7, 0xae, 0xaf);
    if (chance(g, 75))
        WIDE(rep, op);
    else
        PLAIN(rep, op);
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

void far_pointer(struct gen *g, unsigned bytes)
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
        far_ways, iret,       flags,     control,    other_tables, debugging,
        paging,   other_code, processes, tables,     small,        rewriting,
        operands, stacks,     small,     fast_calls, segments,     strings};
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

void make_program(struct maker *m)
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
