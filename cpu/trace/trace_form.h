/*
 * trace_form.h - the forms in which an instruction is shown. See cpu/trace.h.
 */
#ifndef FERRITE_TRACE_FORM_H
#define FERRITE_TRACE_FORM_H

#include "cpu/cpu.h"

enum { TRACE_LINE_TEXT = 600 };

/* The instruction at CS:EIP: its bytes, and as text. Returns the number of bytes. */
unsigned trace_code(const struct cpu *c, u8 bytes[15], char *text, size_t size);

/* CS:EIP, bytes, text. */
void trace_plain(const struct cpu *c, char *line, size_t size);
void trace_cpu(const struct cpu *c);
/* As qemu -d exec, -d cpu and Bochs's `trace on`. */
void trace_qemu_exec(const struct cpu *c);
void trace_qemu_cpu(const struct cpu *c, bool held); /* held: interrupts, for one instruction */
void trace_bochs(const struct cpu *c);
void trace_bochs_cpu(const struct cpu *c);

struct trace_values;
struct trace_values *trace_values_new(void);
/* Take down what the instruction at CS:EIP reads, and after it show that and what it wrote. */
void trace_values_before(struct trace_values *v, struct cpu *c);
void trace_values_after(struct trace_values *v, struct cpu *c);

#endif
