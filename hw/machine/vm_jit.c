/*
 * vm_jit.c - see vm_jit.h.
 */
#include "hw/machine/vm_jit.h"

#include "cpu/translate/jit.h"

static void alone(const struct log *log, const struct err *e)
{
    if (log)
        log_line(log, LOG_JIT, "%s; the interpreter goes on alone", e->text);
}

void vm_jit_start(struct cpu *c, enum vm_jit how, const struct log *log)
{
    struct err e;
    if (how == VM_JIT_OFF || !jit_exists())
        return;
    if (!jit_start(c, how == VM_JIT_ALL ? 0 : JIT_THRESHOLD, how == VM_JIT_CHECK, &e))
        alone(log, &e);
}

void vm_jit_forked(struct cpu *c, const struct log *log)
{
    struct err e;
    if (!jit_forked(c, &e))
        alone(log, &e);
}

void vm_jit_print(const struct cpu *c, FILE *out)
{
    struct jit_stats s;
    if (!jit_statistics(c, &s))
        return;
    fprintf(out,
            "translated: %llu blocks, %llu instructions, %llu bytes; the cache holds %llu of %llu, "
            "was full %llu times\n",
            (unsigned long long)s.blocks, (unsigned long long)s.instructions,
            (unsigned long long)s.bytes, (unsigned long long)s.used, (unsigned long long)s.size,
            (unsigned long long)s.emptied);
    fprintf(out, "entered: %llu; blocks that had to wait: %llu, that rested: %llu; left for:",
            (unsigned long long)s.entered, (unsigned long long)s.refused,
            (unsigned long long)s.rests);
    for (unsigned i = 0; i < LEAVE_REASONS; i++)
        fprintf(out, "%s %s %llu", i ? "," : "", jit_reason_name((enum leave_reason)i),
                (unsigned long long)s.left[i]);
    fputc('\n', out);
    if (s.checked)
        fprintf(out, "checked: %llu runs of blocks in both tiers\n", (unsigned long long)s.checked);
}
