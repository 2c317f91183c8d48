/*
 * delivered.h - the last interrupts and exceptions that were delivered, for people. No state of the
 * machine: it begins anew when a state is loaded. It lies behind the processor's own fields, which
 * every handler reaches, and is noted by intr.c.
 */
#ifndef FERRITE_CPU_DELIVERED_H
#define FERRITE_CPU_DELIVERED_H

#include "cpu/cpu.h"

/* Of one through a task gate the frame is the old task's TSS. */
enum { CPU_DELIVERIES = 32 };
struct cpu_delivery {
    u64 executed; /* instructions before it */
    u8 vector;
    u8 cause; /* INSPECT_FAULT, INSPECT_IRQ, INSPECT_INT (inspect.h) */
    bool has_error, v86;
    u8 from_cpl, to_cpl;
    u32 error;
    u16 cs, ss; /* what was interrupted */
    u32 eip, eflags, esp;
    u16 handler_cs, handler_ss; /* and what is then */
    u32 handler_eip, handler_esp;
    u32 frame; /* linear address of the handler's stack */
};

struct cpu_delivered {
    u32 count; /* ever; the last one is entry[(count - 1) % CPU_DELIVERIES] */
    struct cpu_delivery entry[CPU_DELIVERIES];
};

/* What cpu_new() makes. */
struct cpu_room {
    struct cpu cpu;
    struct cpu_delivered delivered;
};

static inline struct cpu_delivered *cpu_delivered(const struct cpu *c)
{
    return &((struct cpu_room *)(uintptr_t)c)->delivered;
}

#endif
