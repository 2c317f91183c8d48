/*
 * fuzz_waits.c - loops that ask ports, count and look at the time: executed by one processor,
 * and by another that counts their rounds where it can (cpu/spin.h). After slices of any length
 * registers, memory, instructions and time are the same.
 *
 * Each loop has a few instructions of its own between two reads of the port, mostly of the kinds
 * that drift.c can tell the next rounds of, with numbers that often lie near an end: carries,
 * signs, zeroes and the time's overflow come soon. The port answers otherwise at known times. Half
 * of the accesses to memory are by another address of the same page, as video memory has. Two more
 * ports are a device's with an index, which each read of its data turns by as much as is written
 * there: its data change at times of their own. A write of FFh to the index cannot be repeated.
 *
 * A counter is read in two bytes, latched before or not, alone or behind a status, and another one
 * at once in any size; both go on with a clock of their own, by one or by two, and begin anew at an
 * end. What is read is compared, masked, shifted, kept in memory: it is another number in each
 * round (cpu/varied.h).
 */
#include "cpu/decode/models.h"
#include "cpu/protect/mode.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"
#include "hw/base/byte_set.h"
#include "hw/base/curve.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum {
    RAM = 1 << 20,
    CODE = 0x10000,
    DATA = 0x40000,
    STACK = 0x50000,
    TABLES = 0x60000, /* GDT and IDT */
    HANDLER = 0x70000,
    ALIAS = RAM, /* the page of DATA once more */
    PORT = 0x3fd,
    INDEX = 0x70,
    VALUE = 0x71,
    ONCE = 0xff, /* to INDEX: counts */
    COUNT = 0x40,
    LATCH = 0x43,       /* what is latched: the count... */
    NO_COUNT = 0x20,    /* ...but with this... */
    WITH_STATUS = 0x80, /* ...and a status, which is read first */
    TIMER = 0x808,
    TIMER_BITS = 24,
    SLICES = 12,
    LONGEST = 30000, /* ticks of a slice */
};

struct side {
    struct phys phys;
    struct cpu *c;
    struct cpu_time time;
    u64 stalled;  /* ticks, ever */
    u64 interval; /* in which the port answers the same */
    u32 stall;    /* of an access, in ticks */
    u8 index, turn, once;
    u32 hz, reload, by; /* of the counter */
    bool up, status_latched;
    u8 status;
    u8 latched; /* bytes that are still to be read: 1 the lower, 2 the upper one */
    bool second;
    u16 latch;
    struct curve latch_curve;
};

/* ---- the outside ---- */

static u64 now(const struct side *t)
{
    return cpu_ticks(t->c) + t->stalled;
}

static u32 answer(const struct side *t, u64 when)
{
    return when / t->interval % 3 == 2 ? 0x60 : 0;
}

/* Register 0 changes now and then, 1 never, 2 and 3 often. */
static u64 lasts(const struct side *t, u8 index)
{
    static const u16 share[] = {0, 0, 7, 31};
    return index == 1 ? ~0ull >> 1 : t->interval / (1 + share[index % 4]) + 1;
}

static u64 time_ns(void *owner)
{
    const struct side *t = owner;
    return t->c ? cpu_time_at(&t->time, cpu_ticks(t->c)) : 0;
}

/* From the reload value down to 1, or from 0 up to it. */
static struct curve count_now(struct side *t)
{
    u64 ns = time_ns(t);
    u32 times = t->reload / t->by, gone = (u32)(curve_ticks(ns, t->hz) % times);
    return (struct curve){.at = ns,
                          .hz = t->hz,
                          .value = t->up ? gone * t->by : t->reload - gone * t->by,
                          .step = t->up ? (s32)t->by : -(s32)t->by,
                          .left = times - gone - 1,
                          .bits = 8};
}

static struct curve timer_now(struct side *t, u16 port, unsigned size)
{
    u64 ns = time_ns(t);
    u32 mask = (1u << TIMER_BITS) - 1, value = (u32)curve_ticks(ns, 3 * t->hz) & mask;
    return (struct curve){.at = ns,
                          .hz = 3 * t->hz,
                          .value = value,
                          .step = 1,
                          .left = mask - value,
                          .shift = (u8)(8 * (port - TIMER)),
                          .bits = (u8)(8 * size)};
}

static u32 read_count(struct side *t)
{
    struct curve c = count_now(t);
    if (t->status_latched) {
        t->status_latched = false;
        return t->status;
    }
    if (t->latched) {
        bool low = t->latched & 1;
        t->latched &= low ? 2 : 0;
        return low ? t->latch & 0xff : t->latch >> 8;
    }
    t->second = !t->second;
    return c.value >> (t->second ? 0 : 8) & 0xff;
}

static void latch(struct side *t)
{
    if (t->latched)
        return;
    t->latch_curve = count_now(t);
    t->latch = (u16)t->latch_curve.value;
    t->latched = 3;
}

static void latch_as_told(struct side *t, u8 v, u64 when)
{
    if (!(v & NO_COUNT))
        latch(t);
    if ((v & WITH_STATUS) && !t->status_latched) {
        t->status_latched = true;
        t->status = (u8)(answer(t, when) | t->index % 4);
    }
}

static bool port_curve(void *owner, u16 port, unsigned size, struct curve *c)
{
    struct side *t = owner;
    if (port >= TIMER && port < TIMER + 4) {
        *c = timer_now(t, port, size);
        return true;
    }
    if (port != COUNT || size != 1 || t->status_latched)
        return false;
    bool high = t->latched ? t->latched == 2 : t->second;
    *c = t->latched ? t->latch_curve : count_now(t);
    c->shift = high ? 8 : 0;
    return c->hz;
}

static u32 access_port(struct side *t, u16 port, unsigned size, u64 when)
{
    u32 v = 0xff;
    if (port == PORT)
        return answer(t, when);
    if (port == COUNT)
        return read_count(t);
    if (port >= TIMER && port < TIMER + 4) {
        struct curve c = timer_now(t, port, size);
        return c.value >> c.shift & (u32)((1ull << c.bits) - 1);
    }
    if (port != VALUE)
        return v;
    v = (u32)(when / lasts(t, t->index % 4) % 2 * 0x60 + t->index % 4);
    t->index += t->turn;
    return v;
}

static void write_index(struct side *t, u8 v)
{
    t->once += v == ONCE;
    t->index = v & 3;
    t->turn = v >> 2 & 3;
}

static void write_port(struct side *t, u16 port, u32 value, u64 when)
{
    if (port == INDEX)
        write_index(t, (u8)value);
    if (port == LATCH)
        latch_as_told(t, (u8)value, when);
}

static void stall(struct side *t)
{
    t->stalled += t->stall;
    t->time.waited += t->stall * t->time.period;
    cpu_stall(t->c, t->stall);
}

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct side *t = owner;
    u32 v = access_port(t, port, size, now(t));
    stall(t);
    return v;
}

static u64 port_steady(void *owner, u16 port, unsigned size, const struct byte_set *others)
{
    const struct side *t = owner;
    (void)size;
    if (port == PORT) {
        u64 at = now(t), next = at + t->interval - at % t->interval;
        while (byte_set_has(others, (u8)answer(t, next)) && next < at + 100 * t->interval)
            next += t->interval;
        return next - at;
    }
    if (port == COUNT && t->status_latched)
        return t->status == (answer(t, now(t)) | t->index % 4) ? t->interval - now(t) % t->interval
                                                               : 0;
    if (port == COUNT || (port >= TIMER && port < TIMER + 4))
        return 0;
    if (port != VALUE)
        return ~0ull;
    return lasts(t, t->index % 4) - now(t) % lasts(t, t->index % 4);
}

static bool out_chooses(void *owner, u16 port, unsigned size, u32 value)
{
    (void)owner;
    return (port == INDEX && size == 1 && value != ONCE) || (port == LATCH && size == 1);
}

static u64 chosen(void *owner, u16 port)
{
    const struct side *t = owner;
    if (port == COUNT || port == LATCH)
        return 1 + t->latched + 4u * t->second + 8u * t->status_latched + 16u * (t->index % 4u);
    return port != INDEX && port != VALUE ? 0 : 1 + (t->index % 4u) + 4u * t->turn;
}

static void skip(void *owner, const struct cpu_skip *k, u32 *value)
{
    struct side *t = owner;
    u64 begun = now(t), last = (k->times - 1) * (k->ticks + k->stall), waited = t->time.waited;
    for (unsigned i = 0; i < k->accesses; i++) {
        const struct cpu_port_access *a = &k->access[i];
        t->time.waited = waited + (last + a->at) * t->time.period;
        if (a->out)
            write_port(t, a->port, a->value, begun + last + a->at);
        else
            value[i] = access_port(t, a->port, a->size, begun + last + a->at);
    }
    t->time.waited = waited;
    t->stalled += k->times * k->stall;
    t->time.waited += k->times * k->stall * t->time.period;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct side *t = owner;
    (void)size;
    write_port(t, port, value, now(t));
    stall(t);
}

/* A slice has ended: as vm_finish_slice() does. */
static void settle(struct side *t)
{
    struct cpu_time *m = &t->time;
    u64 ps = m->ps + m->waited + (cpu_ticks(t->c) - m->ticks) * m->period;
    *m = (struct cpu_time){.ns = m->ns + ps / 1000,
                           .ticks = cpu_ticks(t->c),
                           .ps = (u32)(ps % 1000),
                           .period = m->period};
}

/* ---- a loop ---- */

struct gen {
    u64 state;
    u8 *code;
    u32 at;
};

static u32 any(struct gen *g)
{
    g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(g->state >> 33);
}

static void put(struct gen *g, const char *bytes, unsigned n)
{
    memcpy(g->code + g->at, bytes, n);
    g->at += n;
}
#define PUT(g, text) put(g, text, sizeof(text) - 1)

static void put8(struct gen *g, u32 v)
{
    g->code[g->at++] = (u8)v;
}

static void put32(struct gen *g, u32 v)
{
    put_le32(g->code + g->at, v);
    g->at += 4;
}

/* A number that is soon at an end when something is added to it or taken away. */
static u32 number(struct gen *g)
{
    static const u32 edges[] = {0, 0x80000000, 0x7fffffff, 0x100, 0xffff, 0x10000};
    u32 near = any(g) % 2 ? 0u - any(g) % 1500 : any(g) % 1500;
    return any(g) % 3 ? near : edges[any(g) % ARRAY_SIZE(edges)] + near;
}

/* EBX, ESI, EDI count; EAX, ECX are for the moment, or ECX is LOOP's; EDX is the port, EBP points
 * at data. */
static u32 counter(struct gen *g)
{
    static const u8 reg[] = {3, 3, 6, 7};
    return reg[any(g) % 4];
}

static u32 either(struct gen *g)
{
    return any(g) % 3 ? counter(g) : any(g) % 2;
}

/* [EBP + n], a word in memory, mostly one of a few. */
static void memory(struct gen *g, u32 reg)
{
    u32 at = any(g) % 12 ? 4 * (any(g) % 6) : any(g) % 24;
    if (any(g) % 2) {
        put8(g, 0x45 | reg << 3);
        put8(g, at);
    } else { /* the same by another address */
        put8(g, 0x05 | reg << 3);
        put32(g, ALIAS + at);
    }
}

/* CMP, ADD q, n, and a store of r into n, before or behind it. */
static void self_patch(struct gen *g, u32 r, u32 q)
{
    enum { LENGTH = 6 }; /* of either */
    u32 first = g->at, behind = any(g) % 2;
    g->at += behind ? 0 : LENGTH;
    put8(g, 0x81);
    put8(g, (any(g) % 3 ? 0xf8 : 0xc0) | q);
    u32 at = g->at;
    put32(g, number(g));
    g->at = first + (behind ? LENGTH : 0);
    put8(g, 0x89);
    put8(g, 0x05 | r << 3);
    put32(g, CODE + at);
    g->at = first + 2 * LENGTH;
}

/* Something that may drift and be told. */
static void plain(struct gen *g)
{
    static const u8 alu[] = {0x03, 0x2b, 0x3b, 0x13, 0x1b}; /* ADD SUB CMP ADC SBB */
    u32 r = counter(g), q = either(g), kind = any(g) % 18;
    if ((kind <= 5 || kind == 8 || kind == 12) && any(g) % 4 == 0)
        put8(g, 0x66); /* of 16 bits */
    switch (kind) {
    case 0:
    case 1:
        put8(g, 0x48 | r); /* DEC */
        break;
    case 2:
        put8(g, 0x40 | r); /* INC */
        break;
    case 3:
    case 4: /* ADD, SUB, ADC, SBB, CMP r, imm8 */
        put8(g, 0x83);
        put8(g, 0xc0 | "\0\5\2\3\7"[any(g) % 5] << 3 | r);
        put8(g, any(g) % 9);
        break;
    case 5:
        put8(g, alu[any(g) % 5]);
        put8(g, 0xc0 | any(g) % 2 << 3 | q);
        break;
    case 6:
        put8(g, alu[any(g) % 5]);
        memory(g, any(g) % 2);
        break;
    case 7:
        put8(g, any(g) % 2 ? 0x89 : 0x8b); /* MOV */
        memory(g, q);
        break;
    case 8:
        put8(g, 0x8b);
        put8(g, 0xc0 | any(g) % 2 << 3 | q);
        break;
    case 9: /* PUSH, POP */
        put8(g, 0x50 | q);
        put8(g, 0x58 | any(g) % 2);
        break;
    case 10: /* LEA */
        put8(g, 0x8d);
        put8(g, 0x44 | any(g) % 2 << 3);
        put8(g, any(g) % 4 << 6 | r << 3 | q);
        put8(g, any(g));
        break;
    case 11: /* ADD, SUB dword [m], imm8 */
        put8(g, 0x83);
        memory(g, any(g) % 2 ? 0 : 5);
        put8(g, any(g) % 5);
        break;
    case 12: /* TEST r, r */
        put8(g, 0x85);
        put8(g, 0xc0 | r << 3 | r);
        break;
    case 13: /* the time since that in memory */
        PUT(g, "\x52\x0f\x31\x2b\x45\x20\x1b\x55\x24\x5a");
        break;
    case 14: /* ...which is set anew */
        PUT(g, "\x52\x0f\x31\x89\x45\x20\x89\x55\x24\x5a");
        break;
    case 15:
    case 16:
        self_patch(g, r, q);
        break;
    default: /* Jcc over one byte: NOP, or INC */
        put8(g, 0x70 | any(g) % 16);
        put8(g, 1);
        put8(g, any(g) % 3 ? 0x90 : 0x40 | q);
        break;
    }
}

/* Something that drift.c should refuse when it concerns what drifts. */
static void odd(struct gen *g)
{
    u32 r = counter(g), q = either(g);
    switch (any(g) % 13) {
    case 0:
        PUT(g, "\x9f"); /* LAHF */
        break;
    case 1: /* SHL, SHR, ROL */
        put8(g, 0xc1);
        put8(g, 0xc0 | (any(g) % 2 ? 4 : any(g) % 2) << 3 | r);
        put8(g, any(g) % 34);
        break;
    case 2: /* MOV byte, of EBX */
        put8(g, 0x88);
        memory(g, 3);
        break;
    case 3: /* 16 bits */
        put8(g, 0x66);
        put8(g, 0x40 | r);
        break;
    case 4: /* SETcc AL */
        put8(g, 0x0f);
        put8(g, 0x90 | any(g) % 16);
        put8(g, 0xc0);
        break;
    case 5: /* CMOVcc */
        put8(g, 0x0f);
        put8(g, 0x40 | any(g) % 16);
        put8(g, 0xc0 | r << 3 | q);
        break;
    case 6: /* AND r, imm */
        put8(g, 0x83);
        put8(g, 0xe0 | r);
        put8(g, any(g));
        break;
    case 7: /* MOVZX */
        put8(g, 0x0f);
        put8(g, 0xb6);
        put8(g, 0xc0 | q << 3 | 3);
        break;
    case 8: /* INC byte [m] */
        put8(g, 0xfe);
        memory(g, 0);
        break;
    case 9:
        PUT(g, "\x9c\x58"); /* PUSHF; POP EAX */
        break;
    case 10: /* SHL by CL */
        put8(g, 0xd3);
        put8(g, 0xe0 | q);
        break;
    case 11: /* INT, whose handler comes back without IRET */
        PUT(g, "\xcd\x02");
        break;
    default: /* XOR, SUB r, q */
        put8(g, any(g) % 2 ? 0x33 : 0x2b);
        put8(g, 0xc0 | r << 3 | (any(g) % 2 ? r : q));
        break;
    }
}

/* A device with an index is asked: it is chosen before, seldom what cannot be, or chosen once. */
static void indexed(struct gen *g)
{
    if (any(g) % 4) {
        put8(g, 0xb0); /* MOV AL, index */
        put8(g, any(g) % 16 ? any(g) % 4 | (any(g) % 3 ? 0 : any(g) % 4 << 2) : ONCE);
        put8(g, 0xe6);
        put8(g, INDEX);
    }
    put8(g, 0xe4);
    put8(g, VALUE);
    if (any(g) % 2)
        PUT(g, "\x88\xc4"); /* MOV AH, AL */
    if (any(g) % 3 == 0)
        PUT(g, "\xa8\x40\x74\x00"); /* TEST AL, 40h; JZ on */
}

/* MOV AL, which; OUT LATCH, AL, and the status when there is one, perhaps looked at. */
static void tell_latch(struct gen *g)
{
    u32 which = any(g) % 3 ? 0 : WITH_STATUS | (any(g) % 4 ? 0 : NO_COUNT);
    put8(g, 0xb0);
    put8(g, which);
    PUT(g, "\xe6\x43");
    if (!which || any(g) % 16 == 0)
        return;
    PUT(g, "\xe4\x40"); /* IN AL, COUNT */
    if (any(g) % 2)
        PUT(g, "\x01\xc7"); /* ADD EDI, EAX */
    if (any(g) % 3 == 0)
        PUT(g, "\xa8\x40\x74\x00"); /* TEST AL, 40h; JZ on */
}

/* A count comes into EAX, or a part of it: in two bytes, or at once. */
static void read_counter(struct gen *g)
{
    u32 kind = any(g) % 6;
    if (kind < 4) {
        if (any(g) % 4)
            tell_latch(g);
        PUT(g, "\xe4\x40"); /* IN AL, COUNT */
        if (kind == 3)
            return;
        if (kind == 2) { /* MOVZX ECX, AL; IN; MOVZX EAX, AL; SHL EAX, 8; OR or ADD EAX, ECX */
            PUT(g, "\x0f\xb6\xc8\xe4\x40\x0f\xb6\xc0\xc1\xe0\x08");
            put8(g, any(g) % 2 ? 0x09 : 0x01);
            put8(g, 0xc8);
            return;
        }
        PUT(g, "\x88\xc4\xe4\x40"); /* MOV AH, AL; IN AL, COUNT */
        if (kind)
            PUT(g, "\x86\xc4"); /* XCHG AH, AL */
        else
            PUT(g, "\x66\xc1\xc0\x08"); /* ROL AX, 8 */
        return;
    }
    PUT(g, "\x52\x66\xba"); /* PUSH EDX; MOV DX, TIMER */
    put8(g, TIMER & 0xff);
    put8(g, TIMER >> 8);
    kind = any(g) % 4;
    if (kind == 1)
        put8(g, 0x66);
    put8(g, kind ? 0xed : 0xec);
    put8(g, 0x5a);
}

/* What is seldom done with it. */
static void use_seldom(struct gen *g, u32 r, u32 q)
{
    static const struct {
        const char *code; /* of two registers: ModR/M comes behind */
        u8 length;
    } pair[] = {{"\x0f\xbc", 2}, {"\x0f\xbd", 2}, {"\x0f\xa3", 2}, {"\x0f\xb3", 2},
                {"\x0f\xc1", 2}, {"\x0f\xb1", 2}, {"\x87", 1},     {"\x0f\xaf", 2},
                {"\x66\x87", 2}, {"\x0f\xa5", 2}}; /* BSF BSR BT BTR XADD CMPXCHG XCHG IMUL SHLD */
    static const struct {
        const char *code;
        u8 length;
    } alone[] = {{"\x52\xf7\xe0\x5a", 4},         /* PUSH EDX; MUL EAX; POP EDX */
                 {"\x51\x31\xc9\xf3\xac\x59", 6}, /* PUSH ECX; XOR ECX, ECX; REP LODSB; POP ECX */
                 {"\x51\x31\xc9\xf3\xae\x59", 6}, /* REPE SCASB likewise */
                 {"\xe8\0\0\0\0\x59", 6},         /* CALL on; POP ECX */
                 {"\x98", 1},                     /* CWDE, CBW, LAHF, SAHF, SALC, BSWAP */
                 {"\x66\x98", 2},
                 {"\x9f", 1},
                 {"\x9e", 1},
                 {"\xd6", 1},
                 {"\x0f\xc8", 2},
                 {"\xcd\x03", 2},          /* INT, which comes back by IRET */
                 {"\x66\x50\x66\x59", 4},  /* PUSH AX; POP CX */
                 {"\xf9", 1},              /* STC */
                 {"\xc1\xd0\x03", 3},      /* RCL EAX, 3 */
                 {"\xd0\xc4", 2},          /* ROL AH, 1 */
                 {"\x86\x45\x11", 3},      /* XCHG byte [EBP+11h], AL */
                 {"\x66\xff\x45\x12", 4}}; /* INC word [EBP+12h] */
    u32 k = any(g) % (ARRAY_SIZE(pair) + ARRAY_SIZE(alone));
    if (k >= ARRAY_SIZE(pair)) {
        k -= ARRAY_SIZE(pair);
        put(g, alone[k].code, alone[k].length);
        return;
    }
    put(g, pair[k].code, pair[k].length);
    put8(g, 0xc0 | r << 3 | q);
}

/* What is done with it: in EAX and ECX. */
static void use_count(struct gen *g)
{
    u32 r = any(g) % 2, q = any(g) % 3 ? any(g) % 2 : counter(g);
    u32 kind = any(g) % 18;
    if (any(g) % 6 == 0) {
        use_seldom(g, r, q);
        return;
    }
    if (kind < 11 && any(g) % 2)
        put8(g, 0x66);
    switch (kind) {
    case 0: /* MOV ECX, r; MOV r, ECX */
    case 1:
        put8(g, 0x8b);
        put8(g, 0xc0 | r << 3 | q);
        break;
    case 2: /* SUB, ADD, SBB, ADC, CMP, AND, OR, XOR */
    case 3:
    case 4:
    case 5:
        put8(g, 0x03 | any(g) % 8 << 3);
        put8(g, 0xc0 | r << 3 | q);
        break;
    case 6: /* NOT, NEG */
        put8(g, 0xf7);
        put8(g, 0xd0 | any(g) % 2 << 3 | r);
        break;
    case 7: /* MOV word or dword [m], r; MOV r, [m] */
        put8(g, any(g) % 2 ? 0x89 : 0x8b);
        memory(g, r);
        break;
    case 8: /* SUB, CMP, ADD r, [m] */
        put8(g, "\x2b\x3b\x03"[any(g) % 3]);
        memory(g, r);
        break;
    case 9: /* SHL, SHR, SAR, ROL, ROR */
        put8(g, 0xc1);
        put8(g, 0xc0 | "\4\5\7\0\1"[any(g) % 5] << 3 | r);
        put8(g, any(g) % 3 ? any(g) % 20 : 8);
        break;
    case 10: /* CMOVcc */
        put8(g, 0x0f);
        put8(g, 0x40 | any(g) % 16);
        put8(g, 0xc0 | r << 3 | q);
        break;
    case 11: /* PUSH, POP */
        put8(g, 0x50 | r);
        put8(g, 0x58 | any(g) % 2);
        break;
    case 12: /* MOVZX, MOVSX, of bytes and words */
        put8(g, 0x0f);
        put8(g, 0xb6 | any(g) % 2 << 3 | any(g) % 2);
        put8(g, 0xc0 | r << 3 | any(g) % 2);
        break;
    case 13: /* AND EAX, mask */
        put8(g, 0x25);
        put32(g, any(g) % 2 ? (2u << any(g) % 31) - 1 : any(g));
        break;
    case 14: /* TEST AL, one bit or more */
        put8(g, 0xa8);
        put8(g, any(g) % 2 ? 1u << any(g) % 8 : any(g));
        break;
    case 15: /* SETcc CL */
        put8(g, 0x0f);
        put8(g, 0x90 | any(g) % 16);
        put8(g, 0xc1);
        break;
    case 16: /* XCHG AH, CL; MOV AL, CH */
        put8(g, any(g) % 2 ? 0x86 : 0x8a);
        put8(g, 0xc0 | (any(g) % 8 << 3 & 0x28) | (any(g) % 2 ? 5 : 1));
        break;
    default:
        PUT(g, "\x8d\x8c\x08"); /* LEA ECX, [EAX+ECX+n] */
        put32(g, number(g));
        break;
    }
}

/* It is compared; what comes then is one byte that may be left out, or the end: its place. */
static u32 compare_count(struct gen *g, const struct side *t)
{
    static const u8 ends[] = {0x72, 0x73, 0x76, 0x77, 0x7c, 0x7d, 0x7e, 0x7f, 0x74, 0x75};
    u32 limit = any(g) % 4 ? any(g) % (t->reload + 1) : number(g);
    if (any(g) % 3) {
        put8(g, 0x66);
        put8(g, 0x3d); /* CMP AX, n */
        put8(g, limit);
        put8(g, limit >> 8);
    } else {
        put8(g, 0x81); /* CMP r, n */
        put8(g, 0xf8 | any(g) % 2);
        put32(g, limit);
    }
    if (any(g) % 4 == 0) { /* Jcc; INC ECX or NOP */
        put8(g, 0x70 | any(g) % 16);
        put8(g, 1);
        put8(g, any(g) % 2 ? 0x41 : 0x90);
        return 0;
    }
    put8(g, ends[any(g) % ARRAY_SIZE(ends)]);
    put8(g, 0);
    return g->at - 1;
}

/* A wait for a count, with what is done to it. */
static u32 counted(struct gen *g, const struct side *t)
{
    u32 uses = any(g) % 2 ? any(g) % 3 : any(g) % 6;
    read_counter(g);
    while (uses-- > 0)
        use_count(g);
    return any(g) % 8 ? compare_count(g, t) : 0;
}

/* The end of a loop: it counts by one of them, or goes on until something else ends it. */
static void back(struct gen *g, u32 first)
{
    u32 kind = any(g) % 8;
    if (kind < 2) {
        if (any(g) % 2)
            put8(g, 0x67);                             /* CX */
        put8(g, 0xe0 | (any(g) % 4 ? 2 : any(g) % 2)); /* LOOP, LOOPNZ, LOOPZ */
    } else {
        if (kind < 6)
            put8(g, any(g) % 2 ? 0x4b : 0x43);               /* DEC, INC EBX */
        put8(g, kind > 4 ? 0xeb : any(g) % 2 ? 0x75 : 0x79); /* JMP, JNZ, JNS */
    }
    put8(g, first - g->at - 1);
}

static void program(struct gen *g, const struct side *t)
{
    u32 first, last, out;
    for (unsigned loops = 2; loops-- > 0;) {
        for (unsigned i = 0; i < 4; i++) {
            put8(g, 0xb8 | "\3\6\7\1"[i]); /* MOV r, number */
            put32(g, number(g));
        }
        PUT(g, "\xba");
        put32(g, PORT);
        first = g->at;
        last = out = 0;
        bool counts = any(g) % 2;
        if (any(g) % (counts ? 8 : 4) > (counts ? 6 : 0)) {
            PUT(g, "\xec\xa8\x20\x75"); /* IN AL, DX; TEST AL, 20h; JNZ out */
            last = g->at++;
        }
        if (counts)
            out = counted(g, t);
        for (u32 n = any(g) % (counts ? 16 : 4) ? 0 : 1 + any(g) % 3; n-- > 0;)
            indexed(g);
        for (u32 n = any(g) % 3 && counts ? 0 : any(g) % 8; n-- > 0;)
            if (any(g) % 8)
                plain(g);
            else if (any(g) % 2)
                odd(g);
        back(g, first);
        if (last)
            g->code[last] = (u8)(g->at - last - 1);
        if (out)
            g->code[out] = (u8)(g->at - out - 1);
    }
    put8(g, 0xe9);
    put32(g, 0u - g->at - 4);
}

/* ---- both ---- */

static void flat(struct cpu *c, unsigned seg, u16 attr, u16 sel)
{
    c->seg[seg] = (struct seg){.limit = ~0u, .sel = sel, .attr = attr, .usable = true};
    seg_update(&c->seg[seg]);
}

/* Through the first trap gate EFLAGS is stored and stays in memory, and nothing loads it. */
static void tables(struct side *t)
{
    static const u8 handler[] = {0x8d, 0x64, 0x24, 12,   /* LEA ESP, [ESP+12] */
                                 0xff, 0x64, 0x24, 0xf4, /* JMP [ESP-12] */
                                 0xcf};                  /* IRET */
    struct cpu *c = t->c;
    put_le64(t->phys.ram + TABLES + 8, 0x00cf9b000000ffff);
    put_le64(t->phys.ram + TABLES + 0x20 + 8 * 2,
             (u64)HANDLER >> 16 << 48 | 0x8f00ull << 32 | 8 << 16);
    put_le64(t->phys.ram + TABLES + 0x20 + 8 * 3,
             (u64)HANDLER >> 16 << 48 | 0x8f00ull << 32 | 8 << 16 | (sizeof handler - 1));
    memcpy(t->phys.ram + HANDLER, handler, sizeof handler);
    c->gdtr = (struct table_reg){.base = TABLES, .limit = 15};
    c->idtr = (struct table_reg){.base = TABLES + 0x20, .limit = 0x7ff};
}

static void setup(struct side *t, u64 seed)
{
    static const u64 period[] = {5000, 5000, 10000, 7321, 625000};
    struct cpu_bus bus = {.port_in = port_in,
                          .port_out = port_out,
                          .time_ns = time_ns,
                          .time = &t->time,
                          .port_steady = port_steady,
                          .port_curve = port_curve,
                          .out_chooses = out_chooses,
                          .chosen = chosen,
                          .skip = skip,
                          .owner = t};
    struct gen g = {.state = seed};
    for (unsigned i = 0; i < 8; i++)
        any(&g);
    memset(t, 0, sizeof *t);
    /* The lower half of the counter, at 800 MHz, overflows every 5.4 s. */
    t->time = (struct cpu_time){.ns = any(&g) % 2 ? 5368709120 - any(&g) % 400000 : any(&g),
                                .period = period[any(&g) % ARRAY_SIZE(period)]};
    t->interval = 500 + any(&g) % (any(&g) % 2 ? 20000 : 200000);
    t->stall = any(&g) % 3 * 9;
    t->turn = any(&g) % 4;
    t->hz = 100000u << any(&g) % 11;
    t->reload = any(&g) % 3 ? 65536 : 16 + any(&g) % 65521;
    t->by = 1 + any(&g) % 2;
    t->up = any(&g) % 2;
    if (!phys_init(&t->phys, RAM, NULL))
        abort();
    phys_map_ram(&t->phys, ALIAS, PAGE_SIZE, t->phys.ram + DATA);
    if (!(t->c = cpu_new(cpu_model_find("pentium3"), &t->phys, &bus, NULL)))
        abort();
    struct cpu *c = t->c;
    g.code = t->phys.ram + CODE;
    program(&g, t);
    for (u32 i = 0; i < 8; i++)
        put_le32(t->phys.ram + DATA + 4 * i, number(&g));
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = number(&g);
    mmu_set_cr0(&c->mmu, CR0_ET | CR0_PE);
    tables(t);
    flat(c, SEG_CS, 0xc09b, 8);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (s != SEG_CS)
            flat(c, s, 0xc093, 16);
    c->gpr[EBP] = DATA;
    c->gpr[ESP] = STACK;
    c->eip = CODE;
    cpu_set_eflags(c, EFL_ONE);
    cpu_update_mode(c);
}

static bool same(const struct side *a, const struct side *b)
{
    const struct cpu *x = a->c, *y = b->c;
    return !memcmp(x->gpr, y->gpr, sizeof x->gpr) && x->eip == y->eip &&
           cpu_eflags(x) == cpu_eflags(y) && cpu_executed(x) == cpu_executed(y) &&
           now(a) == now(b) && a->time.ns == b->time.ns && a->index % 4 == b->index % 4 &&
           a->latched == b->latched && a->second == b->second && a->latch == b->latch &&
           a->status_latched == b->status_latched && a->status == b->status && a->turn == b->turn &&
           a->once == b->once && !memcmp(a->phys.ram, b->phys.ram, RAM);
}

static u64 run(u64 seed)
{
    struct side a, b;
    struct err e;
    struct gen g = {.state = seed * 3};
    setup(&a, seed);
    setup(&b, seed);
    if (!cpu_skip_waits(b.c, true))
        abort();
    if (seed & 1)
        jit_start(b.c, 5, false, &e); /* without a translator the interpreter does it */
    for (unsigned i = 0; i < SLICES; i++) {
        u64 n = 1 + any(&g) % LONGEST;
        enum cpu_stop why = cpu_run(a.c, n), other = cpu_run(b.c, n);
        settle(&a);
        settle(&b);
        if (why == other && same(&a, &b))
            continue;
        fprintf(stderr, "counted and executed differ in slice %u\n", i);
        cpu_describe(a.c, stderr);
        cpu_describe(b.c, stderr);
        abort();
    }
    u64 skipped = cpu_skipped(b.c);
    struct side *both[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        cpu_free(both[i]->c);
        phys_free(&both[i]->phys);
    }
    return skipped;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 seed = 0xcbf29ce484222325ull, skipped = 0;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 0x100000001b3ull;
    for (unsigned k = 0; k < 8; k++)
        skipped += run(seed + k);
    if (getenv("FUZZ_VERBOSE"))
        fprintf(stderr, "%llu instructions were counted\n", (unsigned long long)skipped);
    return 0;
}
