/*
 * fault.h - raising exceptions. SDM vol. 3, chapter 6.
 */
#ifndef FERRITE_CPU_FAULT_H
#define FERRITE_CPU_FAULT_H

#include "cpu/op.h"

/*
 * Record an exception and return OP_FAULT. The text says why, with the guest's own values: %s (of
 * strings that stay), %x, %u, %d and %llx.
 */
enum op_status cpu_fault(struct cpu *c, unsigned vector, const char *why, ...) PRINTF_LIKE(3, 4);
enum op_status cpu_fault_code(struct cpu *c, unsigned vector, u32 error, const char *why, ...)
    PRINTF_LIKE(4, 5);
/* #PF from mmu.fault_*: sets CR2. */
enum op_status cpu_page_fault(struct cpu *c);
/* Why, as text. */
void cpu_event_text(const struct cpu_event *e, char *out, size_t size);

#endif
