/*
 * vm_why.c - where the host's time goes, in words: from what processor and bus have counted.
 * Nothing is measured, so that nothing costs time; what an event takes is a rule of thumb. Only who
 * asks for samples (host_time.h) gets shares of the time.
 */
#include "cpu/translate/jit.h"
#include "hw/machine/vm_machine.h"
#include <string.h>

enum { SHORT_RUN = 200, MANY_ACCESSES = 100, NAMED = 4 };
/* Shares below this are not worth a word. */
enum { FEW_PERCENT = 1, MANY_PERCENT = 30, ENOUGH_SAMPLES = 20, BUSY_PERCENT = 5 };

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

/* Instructions that were executed. 0: unknown, an earlier state than what was skipped is loaded. */
static u64 worked(const struct vm *vm)
{
    u64 all = vm_instructions(vm), skipped = vm_skipped(vm);
    return all > skipped ? all - skipped : 0;
}

/* Would advice about this work help? Where nobody took samples, one can only guess. */
static bool matters(const struct vm *vm, enum host_work work)
{
    struct host_samples s;
    if (!vm->host_time)
        return true;
    host_time_samples(vm->host_time, &s);
    return s.all >= ENOUGH_SAMPLES && s.processor * 100 >= s.clock * BUSY_PERCENT &&
           percent(s.of[work], s.all) >= MANY_PERCENT;
}

static void say_translator(const struct vm *vm, FILE *out)
{
    struct jit_stats s;
    u64 executed = worked(vm);
    bool slow;
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
    slow = executed && run < SHORT_RUN && matters(vm, WORK_INTERPRETER);
    if (executed)
        fprintf(out, "  machine code is left every %.0f instructions%s\n", run,
                slow ? ", which is often" : "");
    if (slow)
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
    u64 executed = worked(vm);
    fprintf(out, "  ports were accessed %llu times", (unsigned long long)all);
    if (name)
        fprintf(out, ", %.0f %% of them %s's", percent(most, all), name);
    if (all && executed && executed / all < MANY_ACCESSES && matters(vm, WORK_PORT))
        fprintf(out,
                ": one in %llu instructions, which decides the speed; a driver that uses DMA or "
                "memory instead of ports is faster",
                (unsigned long long)(executed / all));
    fputc('\n', out);
}

/* ---- samples ---- */

static const char *who_is(const struct vm *vm, enum host_work work, uintptr_t who)
{
    const struct pc *pc = vm->pc;
    if (work == WORK_PORT)
        return who < pc->bus.range_count ? pc->bus.ranges[who].name : NULL;
    if (work == WORK_MEMORY)
        return who <= pc->phys.window_count ? pc->phys.windows[who - 1].name : NULL;
    for (unsigned i = 0; i < pc->device_count; i++) {
        uintptr_t at = (uintptr_t)pc->device[i];
        if (who >= at && who - at < pc->device[i]->class->size)
            return pc->device[i]->name;
    }
    return NULL;
}

struct named {
    const char *name;
    u32 samples;
};

/* Whose it was, the most first, each name once. Returns how many. */
static unsigned names_of(const struct vm *vm, enum host_work work, struct named *out, unsigned most)
{
    unsigned count = 0;
    uintptr_t who;
    u32 samples;
    for (size_t n = 0; host_time_who(vm->host_time, n, work, &who, &samples); n++) {
        const char *name = who_is(vm, work, who);
        unsigned i = 0;
        name = name ? name : "others";
        while (i < count && strcmp(out[i].name, name) != 0)
            i++;
        if (i == most)
            continue;
        if (i == count)
            out[count++] = (struct named){name, 0};
        out[i].samples += samples;
    }
    for (unsigned i = 1; i < count; i++)
        for (unsigned k = i; k > 0 && out[k].samples > out[k - 1].samples; k--) {
            struct named moved = out[k];
            out[k] = out[k - 1];
            out[k - 1] = moved;
        }
    return count;
}

static void say_work(const struct vm *vm, const struct host_samples *s, enum host_work work,
                     const char *words, FILE *out)
{
    enum { KNOWN = 16 };
    struct named who[KNOWN];
    double share = percent(s->of[work], s->all);
    if (share < FEW_PERCENT)
        return;
    fprintf(out, "    %3.0f %% %s", share, words);
    unsigned n = names_of(vm, work, who, KNOWN);
    for (unsigned i = 0; i < n && i < NAMED; i++)
        fprintf(out, "%s %s %.0f %%", i ? "," : ":", who[i].name, percent(who[i].samples, s->all));
    fputc('\n', out);
}

/* Where the host's processor was found, and what a person can do about the worst of it. */
static void say_host_time(const struct vm *vm, FILE *out)
{
    static const struct {
        const char *what, *advice;
    } words[HOST_WORKS] = {
        [WORK_CODE] = {"machine code made of the guest's", NULL},
        [WORK_STORING] = {"stores into pages that hold code, too, as old programs' do", NULL},
        [WORK_INTERPRETER] = {"the interpreter", "below is why machine code is left"},
        [WORK_TRANSLATING] = {"making machine code",
                              "code that changes all the time; -jit off may be faster"},
        [WORK_DECODING] = {"decoding instructions",
                           "code that runs once, as at a start, or that changes all the time"},
        [WORK_WALKING] = {"page tables",
                          "the guest changes its address spaces often, or looks all over its "
                          "memory"},
        [WORK_PORT] = {"ports of devices",
                       "a driver that uses DMA or memory instead of ports is faster"},
        [WORK_MEMORY] = {"memory of devices",
                         "of a display: modes with planes are slow, linear ones are not"},
        [WORK_EVENT] = {"timers of devices", "a lower rate of that device is faster"},
        [WORK_SOUND] = {"sound", "-sound none is a machine without"},
        [WORK_RUNNING] = {"from event to event", NULL},
        [WORK_OUTSIDE] = {"picture, commands and files of this program",
                          "a smaller window or -display none is faster"},
    };
    struct host_samples s;
    if (!vm->host_time)
        return;
    host_time_samples(vm->host_time, &s);
    fprintf(out, "  this host's processor worked for %.2f s of %.2f", s.processor, s.clock);
    if (s.all < ENOUGH_SAMPLES) {
        fprintf(out, ": %u samples, too few to say at what\n", s.all);
        return;
    }
    bool busy = s.processor * 100 >= s.clock * BUSY_PERCENT;
    fprintf(out, "%s, by %u samples:\n",
            busy ? "" : ", which is little: the guest waits, or others have the host", s.all);
    unsigned worst = WORK_INTERPRETER;
    for (unsigned w = 0; w < HOST_WORKS; w++) {
        say_work(vm, &s, w, words[w].what, out);
        if (words[w].advice && s.of[w] > s.of[worst])
            worst = w;
    }
    if (matters(vm, worst))
        fprintf(out, "  much of it is %s: %s\n", words[worst].what, words[worst].advice);
}

void vm_why(const struct vm *vm, FILE *out)
{
    u64 all = vm_instructions(vm), skipped = vm_skipped(vm);
    fputs("where the time goes:\n", out);
    say_host_time(vm, out);
    if (skipped && skipped >= all / 100 && worked(vm))
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
