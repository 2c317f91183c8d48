/*
 * fuzz_alias.c - the same frames of code at many linear addresses: running along block links and
 * jump caches gives what running one instruction at a time gives.
 *
 * The input is turned into frames of code and page tables. Each frame is mapped several times:
 * side by side in changing order, far away in the same slots of the TLB, in a second address space,
 * and through a large page; code segments have different bases, 32- or 16-bit. Code jumps,
 * calls, returns and falls through from page to page, straddles pages, patches itself through any
 * alias, changes page tables with and without invalidation, and goes on elsewhere after a fault.
 * Windows of physical memory show frames a second and third time, others after each OUT
 * (phys_map_bank()).
 * What an alias ought to lead to is never computed here: one instruction at a time, each fetch is
 * translated anew, and that run is the reference.
 *
 * Blocks are interpreted, and machine code; in half of the runs a profile counts what runs where.
 */
#include "cpu/blocks/block.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "tests/fuzz/counts.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum {
    RAM = 1 << 20, STEPS = 6000, CHECK = 1500, /* instructions; how often both runs are compared */
    GDT = 0x1000, IDT = 0x1800, HANDLER = 0x3000,
    TARGETS = 64,                  /* where indirect jumps and fault handlers go on */
    LINEAR = 0x4000, FAR = 0x4200, /* the targets as linear addresses, as far pointers, and... */
    BASES = 0x4600,                /* ...the base of their code segment */
    STACK = 0x20000,
    PD = 0x30000,                  /* two page directories */
    PT_LOW = 0x32000, PT_NEAR = 0x33000, PT_FAR = 0x35000, /* the latter two for each directory */
    FRAMES = 0x40000, FRAME_COUNT = 6, CELL = 64, CELLS = 4096 / CELL,
    WINDOWS = 0x60000, WINDOW_COUNT = 3, BANK_PORT = 0x93, /* windows show frames, too */
    NEAR = 0x400000, FAR_AWAY = NEAR + (TLB_ENTRIES << PAGE_SHIFT), LARGE = 0xc00000, PAGES = 16,
    SEGMENTS = 6, DATA_SEL = 0x10 + 8 * SEGMENTS /* code segments are 10h... */
};
/* clang-format on */

struct alias {
    const u8 *data;
    size_t size, at;
    u64 lcg;
    u8 *ram;
    bool code16;
    u32 base[SEGMENTS];
    u8 *out, *end; /* where code is put, and where its frame ends */
};

struct machine {
    struct phys phys;
    struct cpu *c;
    u8 shown[WINDOW_COUNT];     /* the frame of each window; FRAME_COUNT: memory of its own */
    struct cpu_profile *counts; /* NULL: nobody counts */
};

/* The input's bytes stir a sequence, so that it may be short. */
static u32 below(struct alias *a, u32 n)
{
    a->lcg = a->lcg * 6364136223846793005ull + 1442695040888963407ull + a->data[a->at];
    a->at = (a->at + 1) % a->size;
    return (u32)(a->lcg >> 33) % n;
}

static u32 any32(struct alias *a)
{
    return below(a, 0x10000) << 16 | below(a, 0x10000);
}

/* ---- putting code ---- */

static void byte(struct alias *a, u32 v)
{
    if (a->out < a->end)
        *a->out++ = (u8)v;
}

static void bytes(struct alias *a, u32 count, const u8 *v)
{
    for (u32 i = 0; i < count; i++)
        byte(a, v[i]);
}

static void imm(struct alias *a, u32 v, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        byte(a, v >> (8 * i));
}

/* An instruction of 32-bit operands and addresses, whatever the code segment's size. */
#define OP32(...)                                                                                  \
    do {                                                                                           \
        if (a->code16)                                                                             \
            bytes(a, 2, (const u8[]){0x66, 0x67});                                                 \
        bytes(a, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__});                    \
    } while (0)
/* One of the code segment's own size. */
#define OP(...) bytes(a, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})

/* INC and DEC of ECX, EBX, ESI, EDI: one byte each, good as code and as part of an immediate. */
static void filler(struct alias *a, u32 count)
{
    static const u8 ops[] = {0x41, 0x43, 0x46, 0x47, 0x49, 0x4b, 0x4e, 0x4f};
    while (count--)
        byte(a, ops[below(a, sizeof ops)]);
}

/* Where a page of code can be seen. */
static u32 alias_page(struct alias *a)
{
    switch (below(a, 5)) {
    case 0:
        return LARGE + FRAMES + (below(a, FRAME_COUNT) << 12);
    case 1:
        return FAR_AWAY + (below(a, PAGES) << 12);
    default:
        return NEAR + (below(a, PAGES) << 12);
    }
}

/* Distance from the end of a branch of n bytes at a->out to a cell some pages away. */
static u32 to_cell(struct alias *a, u32 n)
{
    u32 here = (u32)(a->out - a->ram) + n, pages = below(a, 3) ? 0 : below(a, 7) - 3;
    return (here & ~4095u) + (pages << 12) + below(a, CELLS) * CELL - here;
}

static void branch(struct alias *a)
{
    unsigned wide = a->code16 ? 2 : 4;
    u32 cc = below(a, 16);

    switch (below(a, 7)) {
    case 0: /* JMP */
        OP(0xe9);
        imm(a, to_cell(a, wide), wide);
        break;
    case 1: /* CALL */
        OP(0xe8);
        imm(a, to_cell(a, wide), wide);
        break;
    case 2: /* RET while there is something to return to */
        OP32(0x81, 0xfc);
        imm(a, STACK, 4);
        OP(0x73, 0x01, 0xc3);
        break;
    case 3: /* to one of the targets: mov edx,eax; shr edx,26; mov edx,[edx*4+LINEAR]; sub edx,ebp
             */
        OP32(0x89, 0xc2);
        OP32(0xc1, 0xea, 0x1a);
        OP32(0x8b, 0x14, 0x95);
        imm(a, LINEAR, 4);
        OP32(0x29, 0xea);
        OP(0xff, below(a, 2) ? 0xe2 : 0xd2); /* jmp or call */
        break;
    case 4: /* fused with a comparison */
        OP32(0x3d);
        imm(a, any32(a), 4);
        OP(0x0f, 0x80 | cc);
        imm(a, to_cell(a, wide), wide);
        break;
    case 5:
        OP(0xa8, below(a, 256), 0x0f, 0x80 | cc); /* test al,imm8 */
        imm(a, to_cell(a, wide), wide);
        break;
    default: /* short ones */
        OP(0x70 | cc, below(a, 120));
        OP(0xe2, below(a, 120)); /* loop */
        break;
    }
}

/* Change the immediate of some cell (the second half of its mark), through some alias. */
static void patch(struct alias *a)
{
    u32 at = alias_page(a) + below(a, CELLS) * CELL + 7 + (a->code16 ? 2 : 0);

    if (below(a, 4) == 0)
        at = (at & ~4095u) + below(a, 4); /* the second half of something that straddles */
    switch (below(a, 3)) {
    case 0:
        OP32(0xff, 0x05); /* inc dword [at] */
        imm(a, at, 4);
        break;
    case 1:
        OP32(0x80, 0x35); /* xor byte [at],1 */
        imm(a, at, 4);
        byte(a, 1);
        break;
    default:
        OP32(0x03, 0x05); /* add eax,[at]: only a look */
        imm(a, at, 4);
        break;
    }
}

static u32 page_entry(struct alias *a)
{
    u32 bits = below(a, 12) ? 7 : below(a, 2) ? 5 : 0;
    u32 frame = below(a, FRAME_COUNT + WINDOW_COUNT);
    u32 at = frame < FRAME_COUNT ? FRAMES + (frame << 12) : WINDOWS + ((frame - FRAME_COUNT) << 12);
    return at | bits | (below(a, 4) ? 0 : 0x100);
}

/* Another frame for a page; INVLPG, a CR3 load, or nothing. */
static void remap(struct alias *a)
{
    u32 page = below(a, PAGES), far = below(a, 2), table = below(a, 2) << 12;

    OP32(0xc7, 0x05);
    imm(a, (far ? PT_FAR : PT_NEAR) + table + 4 * page, 4);
    imm(a, page_entry(a), 4);
    switch (below(a, 4)) {
    case 0:
        break;
    case 1: /* mov edx,cr3; mov cr3,edx */
        OP(0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda);
        break;
    default:
        OP32(0x0f, 0x01, 0x3d);
        imm(a, (far ? FAR_AWAY : NEAR) + (page << 12) + below(a, 4096), 4);
        break;
    }
}

static void elsewhere(struct alias *a)
{
    u32 segment = below(a, SEGMENTS);

    if (below(a, 3) == 0) { /* the other address space: mov edx,PD; mov cr3,edx */
        OP32(0xba);
        imm(a, PD + (below(a, 2) << 12), 4);
        OP(0x0f, 0x22, 0xda);
        return;
    }
    /* Another code segment: its base goes to EBP, return addresses of the old one are given up. */
    u32 at = NEAR + (below(a, PAGES) << 12) + below(a, CELLS) * CELL - a->base[segment];
    OP32(0xbd);
    imm(a, a->base[segment], 4);
    OP32(0xbc);
    imm(a, STACK, 4);
    OP32(0xea);
    imm(a, at, 4);
    imm(a, 0x10 + 8 * segment, 2);
}

/* A cell starts with a mark in EAX, from which one sees where execution came along. */
static void cell(struct alias *a, unsigned n)
{
    u8 *start = a->out;

    if (n == 0)
        filler(a, 12);
    OP32(0x69, 0xc0); /* imul eax,eax,imm */
    imm(a, any32(a) | 1, 4);
    OP32(0x05); /* add eax,imm */
    imm(a, any32(a), 4);
    filler(a, below(a, 6));
    switch (below(a, 16)) {
    case 0:
    case 1:
        patch(a);
        break;
    case 2:
        remap(a);
        break;
    case 3:
        elsewhere(a);
        break;
    case 4:
        OP(0xe6, BANK_PORT); /* out BANK_PORT,al: a window shows another frame */
        break;
    case 5:
        break; /* on to the next cell */
    default:
        branch(a);
        break;
    }
    if (n == CELLS - 1) {
        u32 left = 1 + below(a, 5);
        filler(a, (u32)(start + CELL - left - a->out));
        static const u8 ops[] = {0x05, 0x35, 0xe9, 0x3d, 0x77, 0xe8};
        byte(a, ops[below(a, sizeof ops)]); /* add, xor, jmp, cmp, ja, call: goes on over there */
    }
    filler(a, (u32)(start + CELL - a->out));
}

/* ---- the machine ---- */

static void put_desc(u8 *ram, u32 at, u32 base, u32 limit, u32 access, u32 flags)
{
    put_le32(ram + at, base << 16 | (limit & 0xffff));
    put_le32(ram + at + 4, (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 |
                               (base >> 16 & 0xff));
}

/* mov esp,STACK; imul; inc; shr edx; mov ebp,[base]; jmp far [target] */
static void build_handler(u8 *ram)
{
    static const u8 code[] = {0xbc, 0,    0,    2,    0,    0x69, 0xc0, 0x35, 0x91, 0x3c, 0x6f,
                              0x40, 0x89, 0xc2, 0xc1, 0xea, 0x1a, 0x8b, 0x2c, 0x95, 0,    0x46,
                              0,    0,    0xff, 0x2c, 0xd5, 0,    0x42, 0,    0};
    memcpy(ram + HANDLER, code, sizeof code);
    for (u32 v = 0; v < 256; v++) {
        put_le32(ram + IDT + 8 * v, 8u << 16 | HANDLER);
        put_le32(ram + IDT + 8 * v + 4, 0x8e00);
    }
}

static void build_paging(struct alias *a)
{
    for (u32 i = 0; i < 256; i++)
        put_le32(a->ram + PT_LOW + 4 * i, i << 12 | 3);
    for (u32 d = 0; d < 2; d++) {
        u8 *pd = a->ram + PD + (d << 12);
        put_le32(pd, PT_LOW | 3);
        put_le32(pd + (NEAR >> 20), (PT_NEAR + (d << 12)) | 7);
        put_le32(pd + (FAR_AWAY >> 20), (PT_FAR + (d << 12)) | 7);
        put_le32(pd + (LARGE >> 20), 0x87);
        for (u32 i = 0; i < PAGES; i++) {
            put_le32(a->ram + PT_NEAR + (d << 12) + 4 * i, page_entry(a));
            put_le32(a->ram + PT_FAR + (d << 12) + 4 * i, page_entry(a));
        }
    }
}

static void build(struct alias *a)
{
    u32 limit = a->code16 ? 0xffff : 0xfffff;

    put_desc(a->ram, GDT + 8, 0, 0xfffff, 0x9b, 0xc);
    for (u32 s = 0; s < SEGMENTS; s++) {
        static const u32 offset[] = {0, 0x1000, 0x3000, 0x7f0, 0xffff8000, 0x20};
        a->base[s] = (a->code16 ? NEAR : below(a, 2) ? 0 : NEAR) + offset[s];
        put_desc(a->ram, GDT + 0x10 + 8 * s, a->base[s], s == 3 && !a->code16 ? 0xffffe : limit,
                 0x9b, a->code16 ? 0 : 0xc);
    }
    put_desc(a->ram, GDT + DATA_SEL, 0, 0xfffff, 0x93, 0xc);
    build_handler(a->ram);
    build_paging(a);
    for (u32 i = 0; i < TARGETS; i++) {
        u32 s = below(a, SEGMENTS), lin = alias_page(a) + below(a, CELLS) * CELL;
        if (a->code16)
            lin = a->base[s] + (below(a, 0x10000) & ~(CELL - 1u));
        put_le32(a->ram + LINEAR + 4 * i, lin);
        put_le32(a->ram + FAR + 8 * i, lin - a->base[s]);
        put_le32(a->ram + FAR + 8 * i + 4, 0x10 + 8 * s);
        put_le32(a->ram + BASES + 4 * i, a->base[s]);
    }
    for (u32 f = 0; f < FRAME_COUNT; f++)
        for (unsigned n = 0; n < CELLS; n++) {
            a->out = a->ram + FRAMES + (f << 12) + n * CELL;
            a->end = a->out + CELL;
            cell(a, n);
        }
}

static void set_seg(struct cpu *c, unsigned s, u16 sel, u16 attr)
{
    c->seg[s] = (struct seg){.limit = 0xffffffff, .attr = attr, .sel = sel, .usable = true};
    seg_update(&c->seg[s]);
}

/* Bytes that straddle into data may well be IN or OUT. */
static u32 port_in(void *owner, u16 port, unsigned size)
{
    (void)owner, (void)size;
    return port;
}

static bool is_shown(const struct machine *m, unsigned frame)
{
    for (unsigned w = 0; w < WINDOW_COUNT; w++)
        if (m->shown[w] == frame)
            return true;
    return false;
}

static void map_frame(struct machine *m, unsigned frame)
{
    u32 at = FRAMES + (frame << 12);
    if (frame < FRAME_COUNT)
        phys_map_bank(&m->phys, at, PAGE_SIZE, m->phys.ram + at, is_shown(m, frame));
}

/* Whatever is seen at two places is mapped as shared at both. */
static void show(struct machine *m, unsigned w, unsigned frame)
{
    unsigned before = m->shown[w];
    u32 at = WINDOWS + (w << 12), from = frame < FRAME_COUNT ? FRAMES + (frame << 12) : at;
    m->shown[w] = (u8)frame;
    phys_map_bank(&m->phys, at, PAGE_SIZE, m->phys.ram + from, frame < FRAME_COUNT);
    map_frame(m, before);
    map_frame(m, frame);
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    (void)size;
    if (port == BANK_PORT)
        show(owner, value % WINDOW_COUNT, value / WINDOW_COUNT % (FRAME_COUNT + 1));
}

static void setup(struct machine *m, const u8 *data, size_t size)
{
    struct cpu_bus bus = {.owner = m, .port_in = port_in, .port_out = port_out};
    struct alias a = {.data = data, .size = size, .lcg = size};

    memset(m, 0, sizeof *m);
    if (!phys_init(&m->phys, RAM, NULL) ||
        !(m->c = cpu_new(cpu_model_find("pentium3"), &m->phys, &bus, NULL)))
        abort();
    struct cpu *c = m->c;
    a.ram = m->phys.ram;
    a.code16 = below(&a, 3) == 0;
    build(&a);
    for (unsigned w = 0; w < WINDOW_COUNT; w++)
        m->shown[w] = FRAME_COUNT;
    for (unsigned w = 0; w < WINDOW_COUNT; w++)
        show(m, w, below(&a, FRAME_COUNT + 1));
    c->gdtr = (struct table_reg){GDT, 0xff};
    c->idtr = (struct table_reg){IDT, 0x7ff};
    mmu_set_cr4(&c->mmu, CR4_PSE | CR4_PGE);
    mmu_set_cr3(&c->mmu, PD);
    mmu_set_cr0(&c->mmu, CR0_PE | CR0_ET | CR0_PG | (below(&a, 2) ? CR0_WP : 0));
    set_seg(c, SEG_CS, 8, 0xc09b);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS)
            set_seg(c, s, DATA_SEL, 0xc093);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = any32(&a);
    c->eip = HANDLER;
    cpu_set_eflags(c, EFL_ONE);
}

static u64 digest(const struct machine *m)
{
    const struct cpu *c = m->c;
    u64 h = cpu_eflags(c);
#define MIX(v) (h = (h ^ (u64)(v)) * 0x9e3779b97f4a7c15ull, h ^= h >> 29)
    for (unsigned i = 0; i < 8; i++)
        MIX(c->gpr[i]);
    MIX(c->eip), MIX(c->seg[SEG_CS].sel), MIX(c->cr2), MIX(c->mmu.cr3), MIX(c->shutdown);
    MIX(cpu_executed(c));
    for (u32 i = 0; i < RAM; i += 8)
        MIX(get_le64(m->phys.ram + i));
    return h;
}

enum way { WHOLE, CODE, CUT, SINGLE, WAYS };

/* Run some instructions; a shutdown stays one. */
static void advance(struct machine *m, u64 count, enum way how, u32 *seed)
{
    while (count) {
        u64 n = count, before = cpu_executed(m->c);
        if (how == SINGLE)
            n = 1;
        else if (how == CUT && (*seed = *seed * 1664525 + 1013904223) >> 24 < n)
            n = 1 + (*seed >> 24);
        enum cpu_stop why = cpu_run(m->c, n);
        u64 ran = cpu_executed(m->c) - before; /* deliveries without end cost more than was left */
        if (why == CPU_SHUTDOWN || why == CPU_HALT || ran >= count)
            break;
        count -= ran;
    }
}

static u32 symbol_at(void *owner, u32 lin)
{
    (void)owner;
    return lin >> 8 & 0xfff;
}

/* What runs the blocks, and who looks on, by the last byte of the input. */
static void equip(struct machine m[WAYS], u8 what)
{
    struct err e; /* without a translator the interpreter runs all of them */
    jit_start(m[CODE].c, what >> 2 & 7, false, &e);
    if (what & 1)
        jit_start(m[CUT].c, what >> 5, false, &e);
    for (enum way how = WHOLE; what & 2 && how < WAYS; how++)
        m[how].counts = count(m[how].c, symbol_at);
}

static void compare_counts(struct machine m[WAYS], const char *const name[WAYS])
{
    for (enum way how = CODE; m[WHOLE].counts && how < WAYS; how++) {
        if (same_counts(m[WHOLE].counts, m[how].counts, how == CODE))
            continue;
        fprintf(stderr, "blocks %s and %s: the profiles differ\n", name[WHOLE], name[how]);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char *const name[WAYS] = {"in one go", "as machine code", "in slices",
                                           "one by one"};
    struct machine m[WAYS];
    u32 seed = 1;

    if (size < 16)
        return 0;
    for (enum way how = WHOLE; how < WAYS; how++)
        setup(&m[how], data, size);
    equip(m, data[size - 1]);
    for (u32 done = 0; done < STEPS; done += CHECK) {
        for (enum way how = WHOLE; how < WAYS; how++)
            advance(&m[how], CHECK, how, &seed);
        u64 reference = digest(&m[SINGLE]);
        for (enum way how = WHOLE; how < SINGLE; how++) {
            if (digest(&m[how]) == reference)
                continue;
            fprintf(stderr, "after %u to %u instructions: blocks %s differ from single steps\n",
                    done, done + CHECK, name[how]);
            for (enum way i = WHOLE; i < WAYS; i++)
                cpu_describe(m[i].c, stderr);
            abort();
        }
    }
    compare_counts(m, name);
    for (enum way how = WHOLE; how < WAYS; how++) {
        count_no_more(m[how].c, m[how].counts);
        cpu_free(m[how].c);
        phys_free(&m[how].phys);
    }
    return 0;
}
