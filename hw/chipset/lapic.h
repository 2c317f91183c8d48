/*
 * lapic.h - the processor's local APIC, between the 8259s and the INTR pin.
 */
#ifndef FERRITE_LAPIC_H
#define FERRITE_LAPIC_H

#include "hw/bus/device.h"

/* Delivery modes, as in LVT entries, the ICR and I/O APIC redirection entries. */
/* clang-format off */
enum apic_mode {
    APIC_FIXED = 0, APIC_LOWEST = 1, APIC_SMI = 2, APIC_NMI = 4, APIC_INIT = 5, APIC_STARTUP = 6,
    APIC_EXTINT = 7
};
/* clang-format on */

enum { LVT_TIMER, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

struct lapic {
    struct device dev;
    struct irq intr; /* to the processor */
    struct irq nmi;
    struct irq init; /* pulsed: an INIT message for this processor */
    /* A level-triggered interrupt came to its end: the I/O APIC wants to know. */
    void (*eoi)(void *opaque, u8 vector);
    void *eoi_opaque;

    u64 base;   /* MSR 1Bh; 0: the processor has none */
    u32 mapped; /* where the window is now, 0 = nowhere */
    u32 id, tpr, ldr, dfr, svr, esr, esr_latched, icr_low, icr_high;
    u32 lvt[LVT_COUNT];
    u32 isr[8], tmr[8], irr[8];
    u32 initial, divide;
    u64 started; /* guest time when the count was loaded */
    struct timer timer;
    bool pic; /* the 8259s' INT pin, wired to LINT0 */
    bool output;
};

extern const struct device_class lapic_class;

/* The processor got INIT: as after reset, but for the APIC ID (SDM vol. 3, 10.4.7.3). */
void lapic_init(struct lapic *l);

/* The processor's APIC_BASE changed (also at reset): window and enable bit. 0: no APIC. */
void lapic_set_base(struct lapic *l, u64 base);
/* LINT0: the 8259s' INT pin. */
void lapic_lint0(void *lapic, int n, int level);
/* Interrupt acknowledge. True: *vector is the APIC's; false: the 8259s answer. */
bool lapic_acknowledge(struct lapic *l, u8 *vector);
/* A message from the APIC bus; destination as in the I/O APIC's entry. False: not for us. */
bool lapic_receive(struct lapic *l, u8 destination, bool logical, enum apic_mode mode, u8 vector,
                   bool level_triggered);

#endif
