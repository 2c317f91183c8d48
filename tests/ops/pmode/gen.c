/*
 * gen.c - makes the diskette of the protected-mode generator: seeded random cases for monitor.asm.
 *
 *     pmode-gen MONITOR.bin SEED OUT.img [DR7]
 *
 * DR7 is what the debug register holds while cases run: 480h enables a breakpoint that no case
 * hits, which makes emulators execute single instructions; the log must not change.
 *
 * A case is a short piece of code at some privilege with descriptors, gates, page bits and a
 * second TSS drawn from a small grammar whose values sit on the edges that the checks look at. The
 * grammar keeps memory accesses inside a sandbox, and every far pointer leads to INT 3 bytes.
 *
 * The same seed gives the same cases whatever compiled this: no expression draws twice, except
 * where C says in which order.
 */
#include "hw/base/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in monitor.asm. */
/* clang-format off */
enum {
    CASE_SIZE = 224, CASES_MAX = 2048, CASES_AT = 32 * 512, IMAGE = 1474560, CODE_ROOM = 52,
    SANDBOX = 0x120000, PROBE = 0x130000, CODE = 0x140000, CODE_V86 = 0x90000, TSS2 = 0x103000,
    LDT_AT = 0x107000, SLOT = 0x80, TSS_LIMIT = 0xa8
};
/* clang-format on */

enum mode { RING0, RING1, RING3, V86, RING0_16 };

struct rng {
    u64 s;
};

static u32 next(struct rng *r)
{
    r->s ^= r->s >> 12;
    r->s ^= r->s << 25;
    r->s ^= r->s >> 27;
    return (u32)(r->s * 0x2545f4914f6cdd1dull >> 32);
}

static u32 below(struct rng *r, u32 n)
{
    return next(r) % n;
}

static bool chance(struct rng *r, u32 percent)
{
    return below(r, 100) < percent;
}

static u32 pick(struct rng *r, const u32 *of, u32 n)
{
    return of[below(r, n)];
}

/* One of the values, which are evaluated before it draws. */
#define PICK(r, ...)                                                                               \
    pick((r), (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32))

struct gen {
    struct rng r;
    u8 c[CASE_SIZE]; /* the case under construction */
    unsigned n;      /* bytes of code */
    enum mode mode;
    bool based; /* code descriptors have base CODE and targets offset 200h */
};

/* ---- code ---- */

static void byte(struct gen *g, u32 v)
{
    if (g->n < CODE_ROOM)
        g->c[0xac + g->n++] = (u8)v;
}

static void word(struct gen *g, u32 v)
{
    byte(g, v);
    byte(g, v >> 8);
}

static void dword(struct gen *g, u32 v)
{
    word(g, v);
    word(g, v >> 16);
}

#define EMIT(g, ...)                                                                               \
    do {                                                                                           \
        static const u8 b_[] = {__VA_ARGS__};                                                      \
        for (unsigned i_ = 0; i_ < sizeof b_; i_++)                                                \
            byte((g), b_[i_]);                                                                     \
    } while (0)

static bool code16(const struct gen *g)
{
    return g->mode == V86 || g->mode == RING0_16;
}

/* A 66h prefix when the other operand size is wanted. */
static void size32(struct gen *g)
{
    if (code16(g))
        byte(g, 0x66);
}

static void size16(struct gen *g)
{
    if (!code16(g))
        byte(g, 0x66);
}

static u32 privilege(const struct gen *g)
{
    return g->mode == RING3 || g->mode == V86 ? 3 : g->mode == RING1 ? 1 : 0;
}

static u32 selector(struct gen *g)
{
    struct rng *r = &g->r;
    if (chance(r, 70)) {
        u32 index = SLOT + 8 * below(r, 8);
        u32 rpl = chance(r, 60) ? privilege(g) : PICK(r, 0, 0, 1, 2, 3, 3);
        return index | rpl;
    }
    if (chance(r, 80))
        return PICK(r, 0x08, 0x10, 0x3b, 0x43, 0x49, 0x51, 0x58, 0x5b, 0x60, 0x63, 0x70, 0x73, 0x20,
                    0x18, 0x30);
    return PICK(r, 0, 1, 2, 3, 0xc0, 0xb8 + 8, 0xfff8, 0x104, 0x84);
}

static u32 offset(struct gen *g)
{
    return PICK(&g->r, 0, 1, 0xc, 0xd, 0xe, 0xf, 0x10, 0xfc, 0xfd, 0xfe, 0xff, 0x100, 0xffc, 0xffd,
                0xfff, 0x1000, 0xfffc, 0xfffd, 0xffff);
}

static u32 target(struct gen *g)
{
    return g->based || code16(g) ? 0x200 : CODE + 0x200;
}

static void push32(struct gen *g, u32 v)
{
    size32(g);
    byte(g, 0x68);
    dword(g, v);
}

static void push16(struct gen *g, u32 v)
{
    size16(g);
    byte(g, 0x68);
    word(g, v);
}

static void mov_ax(struct gen *g, u32 v)
{
    size16(g);
    byte(g, 0xb8);
    word(g, v);
}

static void mov_eax(struct gen *g, u32 v)
{
    size32(g);
    byte(g, 0xb8);
    dword(g, v);
}

/* ---- descriptors ---- */

static void put_desc(u8 *at, u32 base, u32 limit, u32 access, u32 flags)
{
    put_le32(at, (base & 0xffff) << 16 | (limit & 0xffff));
    put_le32(at + 4, (base & 0xff000000u) | flags << 20 | (limit & 0xf0000) | access << 8 |
                         (base >> 16 & 0xff));
}

static u32 access_byte(struct gen *g, u32 type)
{
    u32 dpl = chance(&g->r, 50) ? privilege(g) : PICK(&g->r, 0, 0, 0, 1, 2, 3, 3, 3);
    return (chance(&g->r, 92) ? 0x80 : 0) | dpl << 5 | type;
}

static void put_gate(struct gen *g, u8 *at, u32 type)
{
    u32 off = target(g);
    put_le32(at, selector(g) << 16 | (off & 0xffff));
    u32 access = access_byte(g, type);
    u32 count = type == 4 || type == 12 ? PICK(&g->r, 0, 1, 2, 3, 31) : 0;
    put_le32(at + 4, (off & 0xffff0000u) | access << 8 | count);
}

static void random_desc(struct gen *g, u8 *at)
{
    struct rng *r = &g->r;
    u32 flag, access, limit, other;
    switch (below(r, 16)) {
    case 0 ... 4: /* data */
        flag = PICK(r, 0, 4, 4, 8, 12);
        access = access_byte(g, 0x10 | below(r, 8));
        limit = PICK(r, 0, 1, 0xf, 0xff, 0xff, 0x100, 0xfff, 0xfff, 0xffff, 0xfffff);
        put_desc(at, SANDBOX + PICK(r, 0, 0, 0x10, 0x800), limit, access, flag);
        break;
    case 5 ... 8: /* code */
        flag = g->based ? PICK(r, 0, 4, 4) : PICK(r, 8, 12, 12, 12);
        access = access_byte(g, 0x18 | below(r, 8));
        limit = g->based ? PICK(r, 0x1ff, 0x200, 0xfff, 0xffff)
                         : PICK(r, 0x13f, 0x140, 0xfffff, 0xfffff);
        put_desc(at, g->based ? CODE : 0, limit, access, flag);
        break;
    case 9 ... 10:
        put_gate(g, at, 12);
        break;
    case 11:
        put_gate(g, at, 4);
        break;
    case 12: /* task gate */
        other = selector(g);
        put_le32(at, PICK(r, 0x20, 0x20, 0x20, 0x18, 0x23, 0x10, other) << 16);
        put_le32(at + 4, access_byte(g, 5) << 8);
        break;
    case 13:
        access = access_byte(g, PICK(r, 9, 9, 9, 11, 1));
        put_desc(at, TSS2, PICK(r, TSS_LIMIT, 0x67, 0x66, 0x2b, 0x2a), access, 0);
        break;
    case 14:
        put_desc(at, LDT_AT, 0xff, access_byte(g, 2), 0);
        break;
    default:
        /* Any other type, but no TSS in the sandbox: its CR3 would be random. */
        flag = below(r, 16);
        access = access_byte(g, PICK(r, 0, 2, 3, 6, 7, 8, 10, 11, 13, 14, 15));
        put_desc(at, SANDBOX, 0xfff, access, flag);
        break;
    }
}

/* ---- what a case does, protected mode ---- */

static void load_sreg(struct gen *g)
{
    mov_ax(g, selector(g));
    byte(g, 0x8e);
    byte(g, PICK(&g->r, 0xc0, 0xd0, 0xd8, 0xe0, 0xe8)); /* ES SS DS FS GS */
}

static void access_through_es(struct gen *g)
{
    static const u8 ops[] = {0x8b, 0x89, 0x8a, 0x88, 0x01, 0x87, 0xff};
    mov_ax(g, selector(g));
    EMIT(g, 0x8e, 0xc0);
    if (chance(&g->r, 30))
        size16(g);
    byte(g, 0x26);
    byte(g, ops[below(&g->r, sizeof ops)]);
    if (code16(g)) {
        byte(g, 0x06);
        word(g, offset(g));
    } else {
        byte(g, 0x05);
        dword(g, offset(g));
    }
}

static void pop_sreg(struct gen *g)
{
    push32(g, selector(g));
    size32(g);
    switch (below(&g->r, 5)) {
    case 0:
        byte(g, 0x07);
        break;
    case 1:
        byte(g, 0x17);
        break;
    case 2:
        byte(g, 0x1f);
        break;
    case 3:
        EMIT(g, 0x0f, 0xa1);
        break;
    default:
        EMIT(g, 0x0f, 0xa9);
        break;
    }
}

static void far_pointer(struct gen *g)
{
    byte(g, PICK(&g->r, 0xea, 0x9a));
    if (code16(g))
        word(g, target(g));
    else
        dword(g, target(g));
    word(g, selector(g));
}

static void stack_use(struct gen *g)
{
    /* SS with a small limit, then something that pushes. No flat SS: the offsets are small. */
    mov_ax(g, (SLOT + 8 * below(&g->r, 8)) | privilege(g));
    EMIT(g, 0x8e, 0xd0);
    size32(g);
    byte(g, 0xbc);
    dword(g, offset(g));
    switch (below(&g->r, 6)) {
    case 0:
        byte(g, 0x50);
        break;
    case 1:
        byte(g, 0x60);
        break;
    case 2:
        EMIT(g, 0x66, 0x50);
        break;
    case 3:
        EMIT(g, 0xc8, 0x10, 0x00, 0x00);
        break;
    case 4:
        byte(g, 0x9c);
        break;
    default:
        EMIT(g, 0x58);
        break;
    }
}

static void far_ret(struct gen *g)
{
    bool outer = chance(&g->r, 50), wide = chance(&g->r, 80);
    void (*push)(struct gen *, u32) = wide ? push32 : push16;
    u32 off = wide ? target(g) : 0x200;

    if (outer) {
        push(g, selector(g));
        push(g, wide ? SANDBOX + 0x4000 : 0x4000);
    }
    push(g, selector(g));
    push(g, off);
    if (wide)
        size32(g);
    else
        size16(g);
    if (outer || chance(&g->r, 70)) {
        byte(g, 0xcb);
    } else {
        byte(g, 0xca);
        word(g, PICK(&g->r, 4, 8));
    }
}

static u32 random_eflags(struct gen *g)
{
    u32 v = 2;
    if (chance(&g->r, 50))
        v |= PICK(&g->r, 0x1000, 0x2000, 0x3000);
    if (chance(&g->r, 30))
        v |= 0x8d5;
    if (chance(&g->r, 10))
        v |= 0x4000; /* NT */
    if (chance(&g->r, 15))
        v |= 0x40000; /* AC */
    if (chance(&g->r, 15))
        v |= 0x200000; /* ID */
    if (chance(&g->r, 15))
        v |= PICK(&g->r, 0x80000, 0x100000, 0x180000); /* VIF, VIP */
    if (chance(&g->r, 15))
        v |= 0x200; /* IF: all interrupts are masked at the 8259s */
    return v;
}

static void iret(struct gen *g)
{
    bool wide = chance(&g->r, 80);
    void (*push)(struct gen *, u32) = wide ? push32 : push16;
    if (chance(&g->r, 50)) {
        push(g, selector(g));
        push(g, wide ? SANDBOX + 0x4000 : 0x4000);
    }
    push(g, random_eflags(g));
    push(g, selector(g));
    push(g, wide ? target(g) : 0x200);
    if (wide)
        size32(g);
    else
        size16(g);
    byte(g, 0xcf);
}

static void iret_to_v86(struct gen *g)
{
    static const u32 seg[] = {0x1111, 0x2222, 0x3333, 0x4444};
    for (unsigned i = 0; i < 4; i++)
        push16(g, 0), push16(g, seg[i]);
    push32(g, 0x9400);
    push32(g, 0x800);
    push32(g, random_eflags(g) | 0x20000);
    push32(g, 0x9000);
    push32(g, PICK(&g->r, 0x200, 0x200, 0x300, 0x10200));
    size32(g);
    byte(g, 0xcf);
}

static void interrupt(struct gen *g)
{
    u32 v = PICK(&g->r, 0x30, 0x31, 0x30, 0x31, 0x03, 0x0d, 0x20, 0x3f, 0x40);
    byte(g, 0xcd);
    byte(g, v);
}

static void test_selector(struct gen *g)
{
    mov_ax(g, selector(g));
    switch (below(&g->r, 7)) {
    case 0:
        EMIT(g, 0x0f, 0x02, 0xd8); /* lar ebx,eax */
        break;
    case 1:
        EMIT(g, 0x0f, 0x03, 0xd8); /* lsl */
        break;
    case 2:
        EMIT(g, 0x0f, 0x00, 0xe0); /* verr ax */
        break;
    case 3:
        EMIT(g, 0x0f, 0x00, 0xe8); /* verw ax */
        break;
    case 4:
        EMIT(g, 0x63, 0xc8); /* arpl ax,cx */
        break;
    case 5:
        EMIT(g, 0x0f, 0x00, 0xd0); /* lldt ax */
        break;
    default:
        EMIT(g, 0x0f, 0x00, 0xd8); /* ltr ax */
        break;
    }
}

/* Loads FS through a fresh LDT. */
static void through_ldt(struct gen *g)
{
    mov_ax(g, selector(g));
    EMIT(g, 0x0f, 0x00, 0xd0);
    mov_ax(g, PICK(&g->r, 4, 0xc, 0xf, 0xfc, 0x104));
    EMIT(g, 0x8e, 0xe0);
}

static void privileged(struct gen *g)
{
    switch (below(&g->r, 18)) {
    case 0:
    case 14:
        EMIT(g, 0xfa);
        break;
    case 1:
    case 15:
        EMIT(g, 0xfb, 0x90);
        break;
    case 16:
        EMIT(g, 0x0f, 0x31, 0x31, 0xc0, 0x31, 0xd2); /* rdtsc, forgotten */
        break;
    case 17:
        EMIT(g, 0x0f, 0x21, 0xe0); /* dr4 */
        break;
    case 2:
        EMIT(g, 0x0f, 0x06);
        break;
    case 3:
        EMIT(g, 0x0f, 0x20, 0xd8);
        break;
    case 4:
        EMIT(g, 0x0f, 0x21, 0xf0);
        break;
    case 5:
        EMIT(g, 0x0f, 0x09);
        break;
    case 6:
        EMIT(g, 0x0f, 0x01, 0x3d);
        dword(g, PROBE);
        break;
    case 7:
        EMIT(g, 0xe6, 0x80);
        break;
    case 8:
        EMIT(g, 0xe6, 0x41);
        break;
    case 9:
        EMIT(g, 0xe7, 0x3e);
        break;
    case 10:
        EMIT(g, 0x0f, 0x20, 0xc0, 0x0d, 0x08, 0x00, 0x00, 0x00, 0x0f, 0x22, 0xc0); /* TS */
        break;
    case 11:
        mov_eax(g, 0x80000010u); /* PG without PE */
        EMIT(g, 0x0f, 0x22, 0xc0);
        break;
    case 12:
        EMIT(g, 0x0f, 0x01, 0xf0); /* lmsw ax */
        break;
    default:
        EMIT(g, 0x9c, 0x58);
        break;
    }
}

static void flags(struct gen *g)
{
    push32(g, random_eflags(g));
    size32(g);
    EMIT(g, 0x9d);
    size32(g);
    EMIT(g, 0x9c);
    size32(g);
    EMIT(g, 0x58);
}

static void probe_access(struct gen *g)
{
    static const u8 ops[] = {0xa1, 0xa3, 0xa0, 0xa2};
    u32 at = PROBE + 0x1000 * below(&g->r, 4);
    at += PICK(&g->r, 0, 0xffc, 0xffd, 0xffe, 0xfff, 0x800);
    switch (below(&g->r, 4)) {
    case 0:
        EMIT(g, 0xff, 0x05); /* inc */
        dword(g, at);
        break;
    case 1:
        byte(g, 0xbf); /* mov edi; stosd, twice */
        dword(g, at);
        EMIT(g, 0xab, 0xab);
        break;
    default:
        byte(g, ops[below(&g->r, sizeof ops)]);
        dword(g, at);
        break;
    }
}

/* Single step or a data breakpoint, ring 0. */
static void debug(struct gen *g)
{
    u32 kind, length;
    switch (below(&g->r, 4)) {
    case 0: /* TF */
        push32(g, 0x102);
        EMIT(g, 0x9d, 0x90, 0x90);
        break;
    case 1: /* TF and MOV SS */
        mov_ax(g, 0x10);
        push32(g, 0x102);
        EMIT(g, 0x9d, 0x8e, 0xd0, 0x90, 0x90);
        break;
    case 2: /* write watch */
        mov_eax(g, SANDBOX + PICK(&g->r, 0x100, 0x102, 0x104));
        EMIT(g, 0x0f, 0x23, 0xc0);
        kind = PICK(&g->r, 1, 3);
        length = PICK(&g->r, 0, 1, 3);
        mov_eax(g, 0x402 | kind << 16 | length << 18);
        EMIT(g, 0x0f, 0x23, 0xf8);
        byte(g, PICK(&g->r, 0xa3, 0xa1));
        dword(g, SANDBOX + PICK(&g->r, 0x100, 0xfe, 0x103));
        EMIT(g, 0x90);
        break;
    default: /* general detect */
        mov_eax(g, 0x2400);
        EMIT(g, 0x0f, 0x23, 0xf8, 0x0f, 0x21, 0xc3);
        break;
    }
}

/* ---- virtual-8086 mode ---- */

static void v86_code(struct gen *g)
{
    struct rng *r = &g->r;
    switch (below(r, 14)) {
    case 0:
        byte(g, PICK(r, 0xfa, 0xfb, 0xf4, 0x9c, 0x9d));
        break;
    case 1:
        size32(g);
        byte(g, PICK(r, 0x9c, 0x9d, 0xcf));
        break;
    case 2:
        byte(g, 0xcd);
        byte(g, PICK(r, 3, 0x30, 0x31, 0x21, 0x3f));
        break;
    case 3:
        push16(g, random_eflags(g) & 0xffff);
        EMIT(g, 0x9d, 0x9c, 0x58);
        break;
    case 4:
        push16(g, random_eflags(g) & 0xffff);
        push16(g, 0x9000);
        push16(g, 0x200);
        byte(g, 0xcf);
        break;
    case 5:
        push16(g, 0x9010);
        push16(g, 0x200);
        byte(g, 0xcb);
        break;
    case 6:
        byte(g, PICK(r, 0xea, 0x9a));
        word(g, 0x200);
        word(g, PICK(r, 0x9000, 0x9010));
        break;
    case 7:
        mov_ax(g, next(r));
        byte(g, 0x8e);
        byte(g, PICK(r, 0xc0, 0xd8, 0xe0, 0xe8));
        break;
    case 8:
        byte(g, PICK(r, 0xe6, 0xe7));
        byte(g, PICK(r, 0x80, 0x41, 0x3e, 0x3d));
        break;
    case 9:
        byte(g, 0x0f);
        byte(g, PICK(r, 0x00, 0x02, 0x06, 0x08));
        byte(g, 0xc0);
        break;
    case 10:
        EMIT(g, 0x0f, 0x20, 0xc0);
        break;
    case 11: /* a word past the limit */
        EMIT(g, 0xa1, 0xff, 0xff);
        break;
    case 12:
        EMIT(g, 0x63, 0xc0);
        break;
    default:
        EMIT(g, 0xcc);
        break;
    }
}

/* ---- a case ---- */

static void protected_code(struct gen *g)
{
    typedef void action(struct gen *);
    static action *const wide[] = {
        load_sreg,   load_sreg,   access_through_es, access_through_es, pop_sreg,      far_pointer,
        far_pointer, far_pointer, stack_use,         far_ret,           far_ret,       iret,
        iret,        interrupt,   interrupt,         test_selector,     test_selector, through_ldt,
        privileged,  flags,       probe_access,      probe_access,      debug,         iret_to_v86};
    /* In 16-bit code only what does not name linear addresses. */
    static action *const narrow[] = {
        load_sreg, access_through_es, pop_sreg,      far_pointer, stack_use, far_ret,
        iret,      interrupt,         test_selector, flags};
    unsigned k = below(&g->r, g->mode == RING0_16 ? ARRAY_SIZE(narrow) : ARRAY_SIZE(wide));
    (g->mode == RING0_16 ? narrow : wide)[k](g);
}

static void make_case(struct gen *g)
{
    struct rng *r = &g->r;
    static const enum mode modes[] = {RING0, RING0, RING0, RING0, RING3, RING3,
                                      RING3, RING3, RING1, V86,   V86,   RING0_16};
    static const u16 cs[] = {
        [RING0] = 0x08, [RING1] = 0x49, [RING3] = 0x3b, [V86] = 0x9000, [RING0_16] = 0x68};
    static const u16 data[] = {
        [RING0] = 0x10, [RING1] = 0x51, [RING3] = 0x43, [V86] = 0x9200, [RING0_16] = 0x10};
    u8 *c = g->c;

    memset(c, 0, sizeof g->c);
    memset(c + 0xac, 0xcc, CODE_ROOM);
    g->n = 0;
    g->mode = modes[below(r, ARRAY_SIZE(modes))];
    g->based = chance(r, 40);
    for (unsigned i = 0; i < 8; i++)
        put_le32(c + 4 * i, PICK(r, 0, 1, 0x7fffffff, 0x80000000u, 0x12345678, 0xfffffff0u));
    put_le32(c + 0x10, g->mode == V86 ? 0x1000u - 2 * below(r, 3) : SANDBOX + 0x3000u);
    put_le32(c + 0x20, (random_eflags(g) & ~0x4000u) | (g->mode == V86 ? 0x20000u : 0));
    put_le32(c + 0x24, code16(g) ? 0x100 : CODE + 0x100);
    put_le16(c + 0x28, cs[g->mode]);
    for (unsigned i = 0; i < 5; i++)
        put_le16(c + 0x2a + 2 * i, data[g->mode]);
    put_le32(c + 0x34, chance(r, 50) ? 0x10000 : 0);
    for (unsigned i = 0; i < 4; i++)
        put_le32(c + 0x38 + 4 * i, PICK(r, 7, 7, 5, 3, 1, 0, 6, 0x67));
    put_le32(c + 0x48, g->mode == V86 ? 1 : g->mode == RING0_16 ? 2 : 0);
    c[0x4a] = (u8)PICK(r, 0, 1, 2, 3, 0xff);
    put_le32(c + 0x4c, chance(r, 60) ? below(r, 16) : 0); /* VME, PVI, TSD, DE */
    for (unsigned i = 0; i < 8; i++)
        random_desc(g, c + 0x50 + 8 * i);
    put_gate(g, c + 0x90, PICK(r, 14, 14, 15, 6, 7));
    if (chance(r, 15)) {
        put_le32(c + 0x98, PICK(r, 0x20, 0x18, 0x10) << 16);
        put_le32(c + 0x9c, access_byte(g, 5) << 8);
    } else {
        put_gate(g, c + 0x98, PICK(r, 14, 15, 15, 6, 7, 0, 12));
    }
    /* The second task: mostly sound, one thing wrong now and then. */
    u32 ring = PICK(r, 0, 0, 1, 3);
    put_le16(c + 0xa0, (u16)(chance(r, 85) ? PICK(r, 0x08, 0x08, 0x3b, 0x49) : selector(g)));
    u16 tcs = get_le16(c + 0xa0);
    put_le16(c + 0xa2, (u16)(chance(r, 85) ? (tcs == 0x3b   ? 0x43
                                              : tcs == 0x49 ? 0x51
                                                            : 0x10)
                                           : selector(g)));
    put_le16(c + 0xa4, (u16)(chance(r, 85) ? (ring == 0 ? 0x43u : 0) : selector(g)));
    put_le16(c + 0xa6, (u16)(chance(r, 85) ? PICK(r, 0, 0x30) : selector(g)));
    put_le32(c + 0xa8, 2 | (chance(r, 20) ? 0x3000 : 0));
    if (g->mode == V86)
        v86_code(g);
    else
        protected_code(g);
}

static int fail(const char *what)
{
    fprintf(stderr, "pmode-gen: %s\n", what);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fail("usage: pmode-gen MONITOR.bin SEED OUT.img [DR7]");
    static u8 image[IMAGE];
    struct gen g = {.r = {strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull | 1}};
    enum { COUNT = CASES_MAX - 1, VARIANT_AT = 504 };
    FILE *f = fopen(argv[1], "rb");
    if (!f || fread(image, 1, CASES_AT, f) != CASES_AT)
        return fail("cannot read the monitor");
    fclose(f);
    put_le32(image + VARIANT_AT, argc > 4 ? (u32)strtoul(argv[4], NULL, 0) : 0);
    for (unsigned i = 0; i < COUNT; i++) {
        make_case(&g);
        memcpy(image + CASES_AT + i * CASE_SIZE, g.c, CASE_SIZE);
    }
    memset(image + CASES_AT + COUNT * CASE_SIZE, 0xff, 8);
    f = fopen(argv[3], "wb");
    if (!f || fwrite(image, 1, sizeof image, f) != sizeof image || fclose(f) != 0)
        return fail("cannot write the image");
    return 0;
}
