/*
 * debug_regs.h - breakpoints of DR0-DR7. SDM vol. 3, chapter 17.2 and 17.3.
 *
 * While a breakpoint is enabled the run loop executes single instructions: it asks
 * debug_code_hit() before each (not when EFLAGS.RF is set), clears c->dr6_hit, executes, and
 * delivers debug_trap() afterwards when dr6_hit, single step or a task's T bit ask for it.
 * cpu_update_mode() turns the TLB fast path off while data breakpoints are armed, so that
 * access.c's slow path sees every access and reports it with debug_data_access().
 */
#ifndef FERRITE_CPU_DEBUG_REGS_H
#define FERRITE_CPU_DEBUG_REGS_H

#include "cpu/cpu.h"

#define DR6_BD 0x2000u
#define DR6_BS 0x4000u
#define DR6_BT 0x8000u
#define DR7_GD 0x2000u

/* Is any breakpoint enabled (locally or globally)? */
static inline bool debug_armed(const struct cpu *c)
{
    return unlikely(c->dr[7] & 0xff);
}

/* Is an enabled one of them for data (R/W = 01b or 11b)? */
static inline bool debug_data_armed(const struct cpu *c)
{
    u32 dr7 = c->dr[7];

    if (likely(!(dr7 & 0xff)))
        return false;
    for (unsigned i = 0; i < 4; i++)
        if ((dr7 >> (2 * i) & 3) && (dr7 >> (16 + 4 * i) & 1))
            return true;
    return false;
}

/* An access of n bytes at a linear address: remembers the hits in c->dr6_hit. */
void debug_data_access(struct cpu *c, u32 lin, unsigned n, bool write);
/* A port access (CR4.DE, R/W = 10b). */
void debug_io_access(struct cpu *c, u16 port, unsigned n);
/* Instruction breakpoint at this linear address? Sets DR6; the caller raises #DB as a fault. */
bool debug_code_hit(struct cpu *c, u32 lin);
/* Raise #DB as a trap in c->event, with these bits set in DR6 (DR6_BS, DR6_BT, dr6_hit...). */
void debug_trap(struct cpu *c, u32 dr6_bits);
/* RESET and INIT. */
void debug_reset(struct cpu *c);
/* MOV to DR6 and DR7: which bits stick; updates the mode. */
void debug_set_dr6(struct cpu *c, u32 value);
void debug_set_dr7(struct cpu *c, u32 value);

#endif
