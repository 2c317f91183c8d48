/*
 * vm_why.c - where the host's time goes, in words: from what processor and bus have counted.
 * Nothing is measured, so that nothing costs time; what an event takes is a rule of thumb.
 */
#include "cpu/translate/jit.h"
#include "hw/machine/vm_machine.h"
#include <string.h>

enum { SHORT_RUN = 200, MANY_ACCESSES = 100, NAMED = 4 };

static double percent(u64 part, u64 whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* The operations that machine code is left for. */
static void say_operations(const struct vm *vm, u64 left, FILE *out)
{
    struct jit_left l[NAMED];
    unsigned n = jit_left_for(vm->cpu, l, NAMED);
    for (unsigned i = 0; i < n; i++)
        fprintf(out, "%s %s %.0f %%", i ? "," : ":", l[i].operation, percent(l[i].times, left));
}

static void say_why_left(const struct vm *vm, const struct jit_stats *s, FILE *out)
{
    u64 all = 0, worst = 0;
    unsigned why = LEAVE_BUDGET;
    for (unsigned i = 0; i < LEAVE_REASONS; i++) {
        all += s->left[i];
        if (s->left[i] > worst) {
            worst = s->left[i];
            why = i;
        }
    }
    static const char *const words[LEAVE_REASONS] = {
        [LEAVE_MEMORY] = "for memory that is not simply RAM: a device's, or stores beside code",
        [LEAVE_DIVIDE] = "for divisions that may not fit",
        [LEAVE_OP] = "for instructions that only the interpreter does",
        [LEAVE_FPU] = "for x87, MMX or SSE that may fault: exceptions that are not masked, CR0.TS",
        [LEAVE_LINK] = "because the next block has no machine code yet, or memory was mapped anew",
        [LEAVE_INDIRECT] = "because where a return or an indirect jump leads was not known",
        [LEAVE_BUDGET] = "because a device was due",
    };
    fprintf(out, "  %.0f %% of the times it was left %s", percent(worst, all), words[why]);
    if (why == LEAVE_OP)
        say_operations(vm, worst, out);
    fputc('\n', out);
}

static void say_translator(const struct vm *vm, FILE *out)
{
    struct jit_stats s;
    u64 executed = vm_instructions(vm) - vm_skipped(vm);
    if (!jit_statistics(vm->cpu, &s)) {
        fputs(jit_exists()
                  ? "  everything is interpreted: -jit off was said, or this host does not "
                    "let memory be executed (the log says so)\n"
                  : "  everything is interpreted: the translator needs an x86-64 host\n",
              out);
        return;
    }
    if (!s.entered) {
        fputs("  everything is interpreted: nothing has run often enough to be translated\n", out);
        return;
    }
    double run = (double)executed / (double)s.entered;
    fprintf(out, "  machine code is left every %.0f instructions%s\n", run,
            run < SHORT_RUN ? ", which is often" : "");
    if (run < SHORT_RUN)
        say_why_left(vm, &s, out);
    if (s.emptied)
        fprintf(out,
                "  the code cache was full %llu times: the guest has more code than fits, or keeps "
                "changing it\n",
                (unsigned long long)s.emptied);
}

/* Ports are C code on our side, and a microsecond of the guest's time each. */
static void say_ports(const struct vm *vm, FILE *out)
{
    const struct bus *b = &vm->pc->bus;
    u64 all = 0, most = 0;
    const char *name = NULL;
    for (size_t i = 0; i < b->range_count; i++) {
        u64 n = 0;
        all += b->ranges[i].accesses;
        for (size_t k = 0; b->ranges[i].name && k < b->range_count; k++)
            if (b->ranges[k].name && strcmp(b->ranges[k].name, b->ranges[i].name) == 0)
                n += b->ranges[k].accesses;
        if (n > most) {
            most = n;
            name = b->ranges[i].name;
        }
    }
    u64 executed = vm_instructions(vm) - vm_skipped(vm);
    fprintf(out, "  ports were accessed %llu times", (unsigned long long)all);
    if (name)
        fprintf(out, ", %.0f %% of them %s's", percent(most, all), name);
    if (all && executed / all < MANY_ACCESSES)
        fprintf(out,
                ": one in %llu instructions, which decides the speed; a driver that uses DMA or "
                "memory instead of ports is faster",
                (unsigned long long)(executed / all));
    fputc('\n', out);
}

void vm_why(const struct vm *vm, FILE *out)
{
    u64 all = vm_instructions(vm), skipped = vm_skipped(vm);
    fputs("where the time goes:\n", out);
    if (skipped && skipped >= all / 100)
        fprintf(out,
                "  %.0f %% of the instructions were rounds of loops that wait, and cost nothing\n",
                percent(skipped, all));
    if (log_on(vm->log, LOG_EXEC | LOG_CPU))
        fputs("  -d exec, cpu: each instruction is executed by itself; leave it out\n", out);
    if (vm->trace.on)
        fputs("  -d hash: each port access is hashed; leave it out\n", out);
    say_translator(vm, out);
    say_ports(vm, out);
}
