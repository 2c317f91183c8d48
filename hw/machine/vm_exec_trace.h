/*
 * vm_exec_trace.h - which instructions -d exec and -d cpu show, and in which form.
 *
 * Nothing of it changes the guest. While instructions are shown the machine runs them one by one;
 * while a condition is awaited, as fast as ever.
 */
#ifndef FERRITE_VM_EXEC_TRACE_H
#define FERRITE_VM_EXEC_TRACE_H

#include "hw/machine/vm.h"

enum { VM_TRACE_RANGES = 16 };

enum vm_trace_format {
    VM_TRACE_VALUES, /* one line an instruction, with the values that it reads and writes */
    VM_TRACE_PLAIN,  /* the same without them */
    VM_TRACE_QEMU,   /* as qemu -d exec,cpu, of which each dump is one */
    VM_TRACE_BOCHS   /* as Bochs's debugger with `trace on` */
};

/* Bits of `modes`. */
enum { VM_TRACE_REAL = 1, VM_TRACE_V86 = 2, VM_TRACE_PROT16 = 4, VM_TRACE_PROT32 = 8 };

struct vm_exec_trace {
    enum vm_trace_format format;
    /* Only instructions whose linear address lies in one of them; none: all. */
    struct vm_trace_range {
        u32 first, last;
    } range[VM_TRACE_RANGES];
    unsigned ranges;
    u8 modes; /* only in these; 0: in all */
    u8 rings; /* bit n: only at privilege level n; 0: at all */
    /* From so many instructions since power-on until so many. */
    u64 start, stop;
    /* From the instruction at this linear address on, until the one there; again and again. */
    bool has_from, has_to;
    u32 from, to;
};

/* Everything, from the beginning on. */
#define VM_EXEC_TRACE_ALL                                                                          \
    {                                                                                              \
        .format = VM_TRACE_VALUES, .stop = UINT64_MAX                                              \
    }

/*
 * From now on. The categories are the log's LOG_EXEC and LOG_CPU, as they are now. false + err: no
 * memory, or the machine has no log.
 */
bool vm_exec_trace_set(struct vm *vm, const struct vm_exec_trace *t, struct err *e);
/* Show instructions, or no more, whatever was awaited; the ranges, modes and rings stay. The
 * categories are those of vm_exec_trace_set(), LOG_EXEC without. */
bool vm_exec_trace_on(struct vm *vm, bool on, struct err *e);

#endif
