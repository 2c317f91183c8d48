/*
 * vm_parts.h - what is inside a machine, for the files that vm.h and vm_replay.h are spread over.
 */
#ifndef FERRITE_VM_PARTS_H
#define FERRITE_VM_PARTS_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct cpu;
struct journal;
struct log;
struct pc;
struct state;
struct vm;
struct vm_input;

struct pc *vm_pc(const struct vm *vm);
struct cpu *vm_cpu(const struct vm *vm);
struct vm_input *vm_input(struct vm *vm);
struct journal *vm_journal(struct vm *vm);
struct log *vm_log(const struct vm *vm);

/* Everything that a snapshot holds, both ways. */
void vm_whole_state(struct vm *vm, struct state *s);
/* The machine has become another one (a snapshot, another medium): nobody can go back past it. */
void vm_barrier(struct vm *vm);

/* What calls do, without being noted. */
void vm_do_reset(struct vm *vm);
bool vm_do_load(struct vm *vm, const u8 *bytes, size_t size, struct err *e);
bool vm_do_period(struct vm *vm, u64 ps);                           /* false: impossible */
bool vm_do_clock(struct vm *vm, const char *processor, double mhz); /* false: impossible */
bool vm_clock_possible(const char *processor, double mhz);
u64 vm_period(double mips); /* ps for an instruction; 0: impossible */
u64 vm_registers_hash(const struct vm *vm);

#endif
