/*
 * seg.h - descriptors, segment loads, far transfers, and the delivery of interrupts and tasks.
 * SDM vol. 3, chapters 3, 5, 6, 7, 20.
 */
#ifndef FERRITE_CPU_SEG_H
#define FERRITE_CPU_SEG_H

#include "cpu/fault.h"
#include "cpu/protect/mode.h"

/* rd_max, wr_max from base, limit, attr, usable. */
void seg_update(struct seg *s);
/* Load a data or stack segment register (MOV, POP, LDS...), any mode. Never CS. */
enum op_status seg_load(struct cpu *c, unsigned seg, u16 sel);
/*
 * Is the hidden part what a load makes of it in real mode, or in virtual-8086 mode (vm)? Such a
 * load then changes selector and base only.
 */
static ALWAYS_INLINE bool seg_is_real(const struct seg *s, bool vm)
{
    const u16 plain = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED;
    return (vm ? s->attr == (plain | 3u << 5) : (s->attr & 0xff) == plain) && s->limit == 0xffff &&
           s->usable;
}
/* Real and V86 mode load without checks (base = sel << 4), also for tests; updates the mode. */
void seg_load_real(struct cpu *c, unsigned seg, u16 sel);
/* All segment and table registers as after RESET (SDM table 9-1); cpu_update_mode() is due then. */
void seg_reset(struct cpu *c);

/* EFLAGS bits that exist on the model. */
u32 eflags_mask(const struct cpu *c);
/* Finish an instruction that has changed more than EIP: the next EIP, and out to the run loop. */
enum op_status leave_next(struct cpu *c, const struct op *o);

enum far_kind { FAR_JMP, FAR_CALL };
/* JMP/CALL ptr16:16/32 and m16:16/32; size 2 or 4 is the operand size. OP_JUMP when done (OP_LEAVE
 * after a task switch is fine). */
enum op_status far_transfer(struct cpu *c, const struct op *o, enum far_kind kind, u16 sel, u32 off,
                            unsigned size);
enum op_status far_return(struct cpu *c, const struct op *o, unsigned size, u16 pop_bytes);
enum op_status int_return(struct cpu *c, const struct op *o, unsigned size);

/*
 * INT n, INT3, INTO, ICEBP from an instruction (software = true): delivers at once, return
 * address is the following instruction. OP_JUMP, or OP_FAULT with c->event set.
 */
enum op_status software_interrupt(struct cpu *c, const struct op *o, unsigned vector);

/*
 * Deliver c->event (fault, trap) or an external interrupt; c->eip is the return address. Faults
 * during delivery become #DF or shutdown (c->shutdown, cpu_last_fault_text() says why).
 * Used by the run loop only.
 */
void deliver_event(struct cpu *c);
void deliver_interrupt(struct cpu *c, u8 vector);

/* What asks for a task switch (task_switch_to, desc.h). */
enum task_why { TASK_JMP, TASK_CALL, TASK_IRET, TASK_INT };

/* IN/OUT permission: IOPL and the TSS bitmap. 0, or #GP. */
enum op_status io_permission(struct cpu *c, u16 port, unsigned size);

#endif
