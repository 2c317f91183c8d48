/*
 * lapic.c - local APIC of the Pentium and P6 (xAPIC register set). SDM vol. 3, chapter 10.
 *
 * One processor, so inter-processor interrupts reach only itself. After reset LINT0 is already in
 * virtual wire mode, as every firmware sets it: software that knows nothing of APICs sees the plain
 * 8259s.
 *
 * Not modelled: SMI and start-up messages (nobody waits for them), focus processor,
 * performance counter interrupts, remote read, x2APIC. The timer counts a bus clock of 100 MHz.
 */
#include "hw/chipset/lapic.h"

#include <stdio.h>

/* clang-format off */
enum {
    REG_ID = 0x20, REG_VERSION = 0x30, REG_TPR = 0x80, REG_APR = 0x90, REG_PPR = 0xa0,
    REG_EOI = 0xb0, REG_LDR = 0xd0, REG_DFR = 0xe0, REG_SVR = 0xf0, REG_ISR = 0x100,
    REG_TMR = 0x180, REG_IRR = 0x200, REG_ESR = 0x280, REG_ICR_LOW = 0x300, REG_ICR_HIGH = 0x310,
    REG_TIMER = 0x320, REG_PERF = 0x340, REG_LINT0 = 0x350, REG_LINT1 = 0x360, REG_ERROR = 0x370,
    REG_INITIAL = 0x380, REG_CURRENT = 0x390, REG_DIVIDE = 0x3e0
};
/* clang-format on */

#define VERSION 0x00040011u /* five LVT entries */
#define LVT_MASKED 0x10000u
#define LVT_PERIODIC 0x20000u
#define SVR_ENABLE 0x100u
#define BASE_ENABLE 0x800u
#define BASE_AT_RESET 0xfee00000u
#define ICR_ASSERT 0x4000u
#define ICR_LEVEL 0x8000u /* trigger mode */
#define ESR_SEND_VECTOR 0x20u
#define ESR_RECEIVE_VECTOR 0x40u
#define ESR_REGISTER 0x80u
#define BUS_NS 10        /* of the timer's clock */
#define SHORTEST_NS 1000 /* between two events of a periodic timer */

/* ---- 256-bit vectors ---- */

static void set_bit(u32 *v, u8 n)
{
    v[n / 32] |= 1u << (n % 32);
}

static void clear_bit(u32 *v, u8 n)
{
    v[n / 32] &= ~(1u << (n % 32));
}

static int highest(const u32 *v)
{
    if (!(v[0] | v[1] | v[2] | v[3] | v[4] | v[5] | v[6] | v[7]))
        return -1; /* with the 8259 at LINT0 as a rule */
    for (int i = 7; i >= 0; i--)
        if (v[i])
            return i * 32 + 31 - __builtin_clz(v[i]);
    return -1;
}

/* ---- priority and the INTR pin ---- */

static u32 processor_priority(const struct lapic *l)
{
    int isr = highest(l->isr);
    u32 in_service = isr < 0 ? 0 : (u32)isr & 0xf0;
    return (l->tpr & 0xf0) >= in_service ? l->tpr : in_service;
}

static bool enabled(const struct lapic *l)
{
    return l->base & BASE_ENABLE;
}

/* The vector that may interrupt the processor now, or -1. */
static int deliverable(const struct lapic *l)
{
    int v = highest(l->irr);
    if (!enabled(l) || !(l->svr & SVR_ENABLE) || v < 0 ||
        ((u32)v & 0xf0) <= (processor_priority(l) & 0xf0))
        return -1;
    return v;
}

static bool pic_passes(const struct lapic *l)
{
    u32 lint0 = l->lvt[LVT_LINT0];
    if (!enabled(l))
        return true;
    return !(lint0 & LVT_MASKED) && (lint0 >> 8 & 7) == APIC_EXTINT;
}

static void update(struct lapic *l)
{
    bool out = deliverable(l) >= 0 || (l->pic && pic_passes(l));
    if (out == l->output)
        return;
    l->output = out;
    irq_set(&l->intr, out);
}

static void error(struct lapic *l, u32 bit);

static void request(struct lapic *l, u8 vector, bool level_triggered)
{
    if (vector < 16) {
        error(l, ESR_RECEIVE_VECTOR);
        return;
    }
    set_bit(l->irr, vector);
    if (level_triggered)
        set_bit(l->tmr, vector);
    else
        clear_bit(l->tmr, vector);
    update(l);
}

/* A local source fires through its LVT entry. */
static void fire(struct lapic *l, unsigned entry)
{
    u32 lvt = l->lvt[entry];
    if ((lvt & LVT_MASKED) || !enabled(l))
        return;
    switch (entry == LVT_TIMER || entry == LVT_ERROR ? APIC_FIXED : (lvt >> 8 & 7)) {
    case APIC_FIXED:
        request(l, (u8)lvt, false);
        break;
    case APIC_NMI:
        irq_pulse(&l->nmi);
        break;
    default:
        break;
    }
}

static void error(struct lapic *l, u32 bit)
{
    bool first = !(l->esr & bit);
    l->esr |= bit;
    if (first && (u8)l->lvt[LVT_ERROR] >= 16)
        fire(l, LVT_ERROR);
}

/* ---- outside ---- */

void lapic_lint0(void *lapic, int n, int level)
{
    struct lapic *l = lapic;
    bool rising = level && !l->pic;
    (void)n;
    l->pic = level;
    u32 mode = l->lvt[LVT_LINT0] >> 8 & 7;
    if (rising && enabled(l) && mode != APIC_EXTINT)
        fire(l, LVT_LINT0);
    update(l);
}

bool lapic_acknowledge(struct lapic *l, u8 *vector)
{
    int v = deliverable(l);
    if (v < 0) {
        if (l->pic && pic_passes(l))
            return false;
        *vector = (u8)l->svr; /* it went away: spurious */
        return enabled(l);
    }
    clear_bit(l->irr, (u8)v);
    set_bit(l->isr, (u8)v);
    *vector = (u8)v;
    update(l);
    return true;
}

static bool addressed(const struct lapic *l, u8 destination, bool logical)
{
    if (!logical)
        return destination == 0xff || destination == l->id >> 24;
    u8 mine = (u8)(l->ldr >> 24);
    if (l->dfr >> 28 == 0xf)
        return destination & mine;
    return destination == 0xff || ((destination ^ mine) >> 4 == 0 && (destination & mine & 0xf));
}

static void receive(struct lapic *l, enum apic_mode mode, u8 vector, bool level_triggered)
{
    switch (mode) {
    case APIC_FIXED:
    case APIC_LOWEST:
        request(l, vector, level_triggered);
        break;
    case APIC_NMI:
        irq_pulse(&l->nmi);
        break;
    case APIC_INIT:
        irq_pulse(&l->init);
        break;
    default:
        log_at(l->dev.board->log, LOG_UNIMP, "lapic: message of mode %d ignored", mode);
        break;
    }
}

bool lapic_receive(struct lapic *l, u8 destination, bool logical, enum apic_mode mode, u8 vector,
                   bool level_triggered)
{
    if (!enabled(l) || !(l->svr & SVR_ENABLE) || !addressed(l, destination, logical))
        return false;
    receive(l, mode, vector, level_triggered);
    return true;
}

/* ---- timer ---- */

static u64 tick_ns(const struct lapic *l)
{
    unsigned code = (l->divide & 3) | (l->divide >> 1 & 4);
    return (u64)BUS_NS * (code == 7 ? 1 : 2u << code);
}

static bool periodic(const struct lapic *l)
{
    return l->lvt[LVT_TIMER] & LVT_PERIODIC;
}

static u32 current_count(const struct lapic *l)
{
    if (l->initial == 0)
        return 0;
    u64 ticks = (clock_now(l->dev.board->clock) - l->started) / tick_ns(l);
    if (periodic(l))
        return l->initial - (u32)(ticks % l->initial);
    return ticks >= l->initial ? 0 : l->initial - (u32)ticks;
}

/* Arm the event of the next zero, if somebody would notice it. */
static void arm_timer(struct lapic *l)
{
    timer_disarm(&l->timer);
    if (l->initial == 0 || (l->lvt[LVT_TIMER] & LVT_MASKED))
        return;
    u64 now = clock_now(l->dev.board->clock), period = l->initial * tick_ns(l);
    u64 when = l->started + period;
    if (when <= now) {
        if (!periodic(l))
            return;
        u64 missed = (now - l->started) / period;
        when = l->started + (missed + 1) * period;
        if (when < now + SHORTEST_NS)
            when = now + SHORTEST_NS;
    }
    timer_arm(&l->timer, when);
}

static void on_timer(void *opaque)
{
    struct lapic *l = opaque;
    fire(l, LVT_TIMER);
    if (periodic(l))
        arm_timer(l);
}

/* ---- registers ---- */

static int lvt_index(u32 reg)
{
    switch (reg) {
    case REG_TIMER:
        return LVT_TIMER;
    case REG_PERF:
        return LVT_PERF;
    case REG_LINT0:
        return LVT_LINT0;
    case REG_LINT1:
        return LVT_LINT1;
    case REG_ERROR:
        return LVT_ERROR;
    default:
        return -1;
    }
}

static u32 lapic_read(void *dev, u32 addr, unsigned size)
{
    struct lapic *l = dev;
    u32 reg = addr & 0xff0, v = 0;
    int lvt = lvt_index(reg);

    if (lvt >= 0) {
        v = l->lvt[lvt];
    } else if (reg >= REG_ISR && reg < REG_ESR) {
        const u32 *table = reg < REG_TMR ? l->isr : reg < REG_IRR ? l->tmr : l->irr;
        v = table[reg >> 4 & 7];
    } else {
        switch (reg) {
        case REG_ID:
            v = l->id;
            break;
        case REG_VERSION:
            v = VERSION;
            break;
        case REG_TPR:
            v = l->tpr;
            break;
        case REG_APR:
        case REG_PPR:
            v = processor_priority(l);
            break;
        case REG_LDR:
            v = l->ldr;
            break;
        case REG_DFR:
            v = l->dfr;
            break;
        case REG_SVR:
            v = l->svr;
            break;
        case REG_ESR:
            v = l->esr_latched;
            break;
        case REG_ICR_LOW:
            v = l->icr_low;
            break;
        case REG_ICR_HIGH:
            v = l->icr_high;
            break;
        case REG_INITIAL:
            v = l->initial;
            break;
        case REG_CURRENT:
            v = current_count(l);
            break;
        case REG_DIVIDE:
            v = l->divide;
            break;
        case REG_EOI:
            break;
        default:
            error(l, ESR_REGISTER);
            break;
        }
    }
    v >>= 8 * (addr & 3);
    return size == 4 ? v : v & ((1u << (8 * size)) - 1);
}

static void send(struct lapic *l)
{
    enum apic_mode mode = l->icr_low >> 8 & 7;
    u8 vector = (u8)l->icr_low;
    unsigned shorthand = l->icr_low >> 18 & 3;
    bool to_self = shorthand == 1 || shorthand == 2 ||
                   (shorthand == 0 && addressed(l, (u8)(l->icr_high >> 24), l->icr_low >> 11 & 1));

    if ((mode == APIC_FIXED || mode == APIC_LOWEST) && vector < 16) {
        error(l, ESR_SEND_VECTOR);
        return;
    }
    if (mode == APIC_INIT) {
        /* De-assert only synchronises arbitration; shorthands that name the sender are invalid
         * (10.6.1, table 10-3). */
        bool deassert = (l->icr_low & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL;
        to_self = to_self && shorthand == 0 && !deassert;
    }
    if (to_self)
        receive(l, mode, vector, false);
}

static void end_of_interrupt(struct lapic *l)
{
    int v = highest(l->isr);
    if (v < 0)
        return;
    clear_bit(l->isr, (u8)v);
    if ((l->tmr[v / 32] >> (v % 32) & 1) && l->eoi)
        l->eoi(l->eoi_opaque, (u8)v);
    update(l);
}

static void write_lvt(struct lapic *l, int i, u32 v)
{
    static const u32 mask[LVT_COUNT] = {0x300ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff};
    bool was_masked = l->lvt[i] & LVT_MASKED;
    l->lvt[i] = v & mask[i];
    if (!(l->svr & SVR_ENABLE))
        l->lvt[i] |= LVT_MASKED;
    if (i == LVT_TIMER)
        arm_timer(l);
    /* A level that waits at LINT0 comes through when it is unmasked. */
    if (i == LVT_LINT0 && was_masked && l->pic && (l->lvt[i] >> 8 & 7) == APIC_FIXED)
        fire(l, LVT_LINT0);
    update(l);
}

static void write_svr(struct lapic *l, u32 v)
{
    l->svr = v & 0x3ff;
    if (!(v & SVR_ENABLE)) {
        for (unsigned i = 0; i < LVT_COUNT; i++)
            l->lvt[i] |= LVT_MASKED;
        arm_timer(l);
    }
    update(l);
}

static void lapic_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct lapic *l = dev;
    u32 reg = addr & 0xff0;
    int lvt = lvt_index(reg);

    if (size != 4 || (addr & 3)) { /* only aligned dwords are defined */
        log_at(l->dev.board->log, LOG_GUEST, "lapic: write of %u bytes at %x", size, addr & 0xfff);
        if (addr & 3)
            return;
    }
    if (lvt >= 0) {
        write_lvt(l, lvt, value);
        return;
    }
    switch (reg) {
    case REG_ID:
        l->id = value & 0x0f000000;
        break;
    case REG_TPR:
        l->tpr = value & 0xff;
        update(l);
        break;
    case REG_EOI:
        end_of_interrupt(l);
        break;
    case REG_LDR:
        l->ldr = value & 0xff000000u;
        break;
    case REG_DFR:
        l->dfr = value | 0x0fffffffu;
        break;
    case REG_SVR:
        write_svr(l, value);
        break;
    case REG_ESR:
        l->esr_latched = l->esr;
        l->esr = 0;
        break;
    case REG_ICR_LOW:
        l->icr_low = value & 0xcdfff; /* the delivery status stays idle */
        send(l);
        break;
    case REG_ICR_HIGH:
        l->icr_high = value & 0xff000000u;
        break;
    case REG_INITIAL:
        l->initial = value;
        l->started = clock_now(l->dev.board->clock);
        arm_timer(l);
        break;
    case REG_DIVIDE:
        l->divide = value & 0xb;
        arm_timer(l);
        break;
    default: /* read-only ones, and holes */
        log_at(l->dev.board->log, LOG_GUEST, "lapic: write of %x to register %x", value, reg);
        error(l, ESR_REGISTER);
        break;
    }
}

static const struct mmio_ops window = {lapic_read, lapic_write};

static void map_window(struct lapic *l)
{
    struct phys *p = l->dev.board->phys;
    u32 want = enabled(l) ? (u32)l->base & ~PAGE_MASK : 0;
    if (want == l->mapped)
        return;
    phys_overlay(p, want, want ? &window : NULL, l, l->dev.name);
    l->mapped = want;
}

void lapic_set_base(struct lapic *l, u64 base)
{
    l->base = base;
    map_window(l);
    update(l);
}

static bool lapic_realize(struct device *d, const struct board *b, struct err *e)
{
    struct lapic *l = (struct lapic *)d;
    (void)e;
    phys_claim(b->phys, BASE_AT_RESET, PAGE_SIZE, d->name);
    timer_init(&l->timer, b->clock, on_timer, l);
    return true;
}

void lapic_init(struct lapic *l)
{
    l->tpr = l->ldr = l->esr = l->esr_latched = l->icr_low = l->icr_high = 0;
    l->dfr = 0xffffffffu;
    l->svr = 0xff;
    for (unsigned i = 0; i < LVT_COUNT; i++)
        l->lvt[i] = LVT_MASKED;
    l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
    l->lvt[LVT_LINT1] = APIC_NMI << 8;
    for (unsigned i = 0; i < 8; i++)
        l->isr[i] = l->tmr[i] = l->irr[i] = 0;
    l->initial = l->divide = 0;
    l->started = 0;
    timer_disarm(&l->timer);
    update(l);
}

static void lapic_reset(struct device *d)
{
    struct lapic *l = (struct lapic *)d;
    l->id = 0;
    lapic_init(l);
}

static void lapic_state(struct device *d, struct state *s)
{
    struct lapic *l = (struct lapic *)d;
    state_u64(s, "base", &l->base);
    state_u32(s, "id", &l->id);
    state_u32(s, "tpr", &l->tpr);
    state_u32(s, "ldr", &l->ldr);
    state_u32(s, "dfr", &l->dfr);
    state_u32(s, "svr", &l->svr);
    state_u32(s, "esr", &l->esr);
    state_u32(s, "esr_latched", &l->esr_latched);
    state_u32(s, "icr_low", &l->icr_low);
    state_u32(s, "icr_high", &l->icr_high);
    state_u32s(s, "lvt", l->lvt, LVT_COUNT);
    state_u32s(s, "isr", l->isr, 8);
    state_u32s(s, "tmr", l->tmr, 8);
    state_u32s(s, "irr", l->irr, 8);
    state_u32(s, "initial", &l->initial);
    state_u32(s, "divide", &l->divide);
    state_u64(s, "started", &l->started);
    timer_state(&l->timer, s, "timer");
    state_bool(s, "pic", &l->pic);
    state_bool(s, "output", &l->output);
    if (state_loading(s)) {
        if (l->started > clock_now(d->board->clock))
            l->started = clock_now(d->board->clock);
        l->divide &= 0xb;
        map_window(l);
    }
}

static void lapic_destroy(struct device *d)
{
    struct lapic *l = (struct lapic *)d;
    if (l->timer.clock)
        timer_disarm(&l->timer);
}

static void lapic_describe(const struct device *d, FILE *out)
{
    static const char *const names[LVT_COUNT] = {"timer", "perf", "LINT0", "LINT1", "error"};
    const struct lapic *l = (const struct lapic *)d;
    fprintf(out, "base %08x %s, SVR %03x, TPR %02x, PPR %02x, IRR %d, ISR %d\n", (u32)l->base,
            enabled(l) ? "enabled" : "off", l->svr, l->tpr, processor_priority(l), highest(l->irr),
            highest(l->isr));
    for (unsigned i = 0; i < LVT_COUNT; i++)
        fprintf(out, "%s %05x%s", names[i], l->lvt[i], i + 1 < LVT_COUNT ? ", " : "\n");
    fprintf(out, "count %u of %u\n", current_count(l), l->initial);
}

const struct device_class lapic_class = {
    .name = "lapic",
    .doc = "local APIC",
    .size = sizeof(struct lapic),
    .state_version = 1,
    .realize = lapic_realize,
    .reset = lapic_reset,
    .state = lapic_state,
    .destroy = lapic_destroy,
    .describe = lapic_describe,
};
