/*
 * vm_exec_trace.c - see vm_exec_trace.h.
 */
#include "hw/machine/vm_exec_trace.h"

#include "cpu/trace.h"
#include "hw/machine/vm_parts.h"

_Static_assert((int)VM_TRACE_VALUES == (int)TRACE_VALUES &&
                   (int)VM_TRACE_PLAIN == (int)TRACE_PLAIN &&
                   (int)VM_TRACE_QEMU == (int)TRACE_QEMU && (int)VM_TRACE_BOCHS == (int)TRACE_BOCHS,
               "forms have the processor's numbers");
_Static_assert((int)VM_TRACE_REAL == (int)TRACE_REAL && (int)VM_TRACE_V86 == (int)TRACE_V86 &&
                   (int)VM_TRACE_PROT16 == (int)TRACE_PROT16 &&
                   (int)VM_TRACE_PROT32 == (int)TRACE_PROT32,
               "modes have the processor's bits");
_Static_assert((int)VM_TRACE_RANGES == (int)TRACE_RANGES, "all ranges have room");

bool vm_exec_trace_set(struct vm *vm, const struct vm_exec_trace *t, struct err *e)
{
    struct cpu_trace_filter f = {.format = (u8)t->format,
                                 .modes = t->modes,
                                 .rings = t->rings,
                                 .ranges = t->ranges,
                                 .start = t->start,
                                 .stop = t->stop,
                                 .has_from = t->has_from,
                                 .has_to = t->has_to,
                                 .from = t->from,
                                 .to = t->to};
    for (unsigned i = 0; i < t->ranges; i++) {
        f.range[i].first = t->range[i].first;
        f.range[i].last = t->range[i].last;
    }
    if (!vm_log(vm))
        return err_set(e, "the machine has no log");
    return cpu_trace_set(vm_cpu(vm), &f) || err_set(e, "out of memory");
}

bool vm_exec_trace_on(struct vm *vm, bool on, struct err *e)
{
    if (!vm_log(vm))
        return err_set(e, "the machine has no log");
    return cpu_trace_say(vm_cpu(vm), on) || err_set(e, "out of memory");
}
