/*
 * ioapic.c - the I/O APIC: 24 pins to messages for the local APIC. Intel 82093AA data sheet.
 *
 * ISA lines come on the pins of their numbers, line 0 on pin 2 as on real boards. Lines stay
 * connected to the 8259s at the same time; software masks the ones it does not use.
 */
#include "hw/chipset/ioapic.h"

#include <stdio.h>

enum { BASE = 0xfec00000, SELECT = 0x00, WINDOW = 0x10, EOI = 0x40 };

#define VERSION 0x00170011u
#define MASKED 0x10000u
#define LEVEL 0x8000u
#define REMOTE_IRR 0x4000u
#define LOGICAL 0x800u
#define READ_ONLY (REMOTE_IRR | 0x1000u)

static void service(struct ioapic *a, unsigned pin, bool edge)
{
    u64 e = a->entry[pin];
    bool level = e & LEVEL;
    bool active = (a->pins >> pin & 1) != 0;

    if ((e & MASKED) || (level ? !active || (e & REMOTE_IRR) : !edge))
        return;
    bool taken = lapic_receive(a->lapic, (u8)(e >> 56), e & LOGICAL, e >> 8 & 7, (u8)e, level);
    if (level && taken)
        a->entry[pin] |= REMOTE_IRR;
}

void ioapic_input(void *ioapic, int pin, int level)
{
    struct ioapic *a = ioapic;
    u32 bit = 1u << pin;
    bool rising = level && !(a->pins & bit);
    a->pins = level ? a->pins | bit : a->pins & ~bit;
    if (level)
        service(a, (unsigned)pin, rising);
}

void ioapic_eoi(void *ioapic, u8 vector)
{
    struct ioapic *a = ioapic;
    clock_settle(a->dev.board->clock);
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        if ((u8)a->entry[i] == vector && (a->entry[i] & REMOTE_IRR)) {
            a->entry[i] &= ~(u64)REMOTE_IRR;
            service(a, i, false);
        }
    }
}

static u32 ioapic_read(void *dev, u32 addr, unsigned size)
{
    struct ioapic *a = dev;
    u32 reg = addr & 0xff, v = 0;
    (void)size;
    if (reg == SELECT)
        return a->select;
    if (reg != WINDOW)
        return 0xffffffff;
    if (a->select == 0 || a->select == 2)
        v = a->id;
    else if (a->select == 1)
        v = VERSION;
    else if (a->select >= 0x10 && a->select < 0x10 + 2 * IOAPIC_PINS)
        v = (u32)(a->entry[(a->select - 0x10) / 2] >> (a->select & 1 ? 32 : 0));
    return v;
}

static void ioapic_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct ioapic *a = dev;
    u32 reg = addr & 0xff;
    (void)size;
    clock_settle(a->dev.board->clock); /* levels are looked at */
    if (reg == SELECT) {
        a->select = (u8)value;
    } else if (reg == WINDOW && a->select == 0) {
        a->id = value & 0x0f000000;
    } else if (reg == WINDOW && a->select >= 0x10 && a->select < 0x10 + 2 * IOAPIC_PINS) {
        unsigned pin = (a->select - 0x10) / 2;
        u64 *e = &a->entry[pin];
        if (a->select & 1) {
            *e = (*e & 0xffffffffu) | (u64)(value & 0xff000000u) << 32;
        } else {
            *e = (*e & ~(u64)0xffffffffu) | (*e & READ_ONLY) | (value & 0x1ffff & ~READ_ONLY);
            if (!(value & LEVEL))
                *e &= ~(u64)REMOTE_IRR;
            service(a, pin, false);
        }
    } else {
        log_at(a->dev.board->log, LOG_GUEST, "ioapic: write of %x at %x, select %x", value, reg,
               a->select);
    }
}

static const struct mmio_ops window = {ioapic_read, ioapic_write};

static bool ioapic_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    phys_map_mmio(b->phys, BASE, PAGE_SIZE, &window, d, d->name);
    return true;
}

static void ioapic_reset(struct device *d)
{
    struct ioapic *a = (struct ioapic *)d;
    a->select = 0;
    a->id = 0;
    for (unsigned i = 0; i < IOAPIC_PINS; i++)
        a->entry[i] = MASKED;
}

static void ioapic_state(struct device *d, struct state *s)
{
    struct ioapic *a = (struct ioapic *)d;
    state_u8(s, "select", &a->select);
    state_u32(s, "id", &a->id);
    state_u32(s, "pins", &a->pins);
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "entry%u", i);
        state_u64(s, name, &a->entry[i]);
    }
}

static void ioapic_describe(const struct device *d, FILE *out)
{
    const struct ioapic *a = (const struct ioapic *)d;
    for (unsigned i = 0; i < IOAPIC_PINS; i++)
        if (!(a->entry[i] & MASKED))
            fprintf(out, "pin %u: %016llx%s\n", i, (unsigned long long)a->entry[i],
                    a->pins >> i & 1 ? " high" : "");
}

const struct device_class ioapic_class = {
    .name = "ioapic",
    .doc = "82093AA I/O APIC",
    .size = sizeof(struct ioapic),
    .state_version = 1,
    .realize = ioapic_realize,
    .reset = ioapic_reset,
    .state = ioapic_state,
    .describe = ioapic_describe,
};
