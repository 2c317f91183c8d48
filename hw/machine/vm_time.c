/*
 * vm_time.c - a machine's time: what the processor has executed, times what an instruction takes;
 * and the speeds that can be chosen. See vm.c.
 */
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_machine.h"
#include <stdio.h>

#define DEFAULT_MIPS 200.0
#define MIN_PERIOD_PS 10ull            /* 100000 instructions per microsecond */
#define MAX_PERIOD_PS 100000000ull     /* 0.01 */
#define MAX_SLICE_NS (100 * NS_PER_MS) /* keeps all products within 64 bits */

/* Picoseconds since clock.now. */
static u64 slice_ps(const struct vm *vm)
{
    return vm->time.ps + vm->time.waited + (cpu_ticks(vm->cpu) - vm->time.ticks) * vm->time.period;
}

u64 vm_live_time(void *owner)
{
    const struct vm *vm = owner;
    return vm->clock.now + slice_ps(vm) / PS_PER_NS;
}

/* Ticks until the first instruction that starts at or after `at`. */
u64 vm_ticks_until(const struct vm *vm, u64 at)
{
    u64 ns = at - vm->clock.now;
    if (at <= vm->clock.now)
        return 0;
    if (ns > MAX_SLICE_NS)
        ns = MAX_SLICE_NS;
    u64 ps = ns * PS_PER_NS, done = slice_ps(vm);
    return ps <= done ? 0 : (ps - done + vm->time.period - 1) / vm->time.period;
}

/* A timer was armed in the middle of a slice. */
void vm_time_earlier(void *owner, u64 at)
{
    struct vm *vm = owner;
    if (!vm->running || at >= vm->slice_end)
        return;
    vm->slice_end = at;
    u64 n = vm_ticks_until(vm, at);
    cpu_shorten(vm->cpu, n ? n : 1); /* the one that armed it comes to its end */
}

/* The processor stopped: bring the clock to its time and fire what is due. */
void vm_finish_slice(struct vm *vm)
{
    u64 ps = slice_ps(vm);
    vm->time.ticks = cpu_ticks(vm->cpu);
    vm->time.ps = (u32)(ps % PS_PER_NS);
    vm->time.waited = 0;
    clock_advance(&vm->clock, vm->clock.now + ps / PS_PER_NS);
}

u64 vm_now(const struct vm *vm)
{
    return vm->clock.now;
}

void vm_clock(const struct vm *vm, struct vm_clock *out)
{
    u64 next = clock_next(&vm->clock);
    *out = (struct vm_clock){.next = next == CLOCK_NEVER ? UINT64_MAX : next - vm->clock.now,
                             .fired = vm->clock.fired,
                             .timers = (u32)vm->clock.count};
}

/* ---- speed ---- */

static bool choose_speed(u64 *period_ps, double mips, struct err *e)
{
    if (mips == 0)
        mips = DEFAULT_MIPS;
    if (!(mips >= 0.01 && mips <= 100000))
        return err_set(e, "%g instructions per microsecond: 0.01 to 100000 are possible", mips);
    *period_ps = (u64)(1e6 / mips + 0.5);
    return true;
}

static void set_tsc(struct vm *vm, double mhz)
{
    if (mhz == vm->mhz)
        return;
    vm->mhz = mhz;
    cpu_set_tsc_hz(vm->cpu, (u64)(mhz * 1e6 + 0.5));
}

bool vm_choose_speed(struct vm *vm, double mips, struct err *e)
{
    return choose_speed(&vm->time.period, mips, e);
}

bool vm_clock_possible(const char *processor, double mhz)
{
    return (!processor || cpu_timing_find(processor)) && mhz >= VM_MHZ_LEAST && mhz <= VM_MHZ_MOST;
}

bool vm_do_clock(struct vm *vm, const char *processor, double mhz)
{
    const struct cpu_timing *t = processor ? cpu_timing_find(processor) : NULL;
    if (!vm_clock_possible(processor, mhz))
        return false;
    choose_speed(&vm->time.period, t ? mhz * CPU_TICKS_PER_CLOCK : mhz, NULL);
    cpu_set_timing(vm->cpu, t);
    set_tsc(vm, mhz);
    return true;
}

const char *vm_processor_clock(const struct vm *vm, double *mhz)
{
    *mhz = vm->mhz;
    return vm->cpu->timing ? cpu_timing_name(vm->cpu->timing) : NULL;
}
u64 vm_period(double mips)
{
    u64 ps = 0;
    return choose_speed(&ps, mips, NULL) ? ps : 0;
}

bool vm_do_period(struct vm *vm, u64 ps)
{
    bool ok = ps >= MIN_PERIOD_PS && ps <= MAX_PERIOD_PS;
    if (!ok)
        return false;
    vm->time.period = ps;
    cpu_set_timing(vm->cpu, NULL);
    set_tsc(vm, 0);
    return true;
}

double vm_mips(const struct vm *vm)
{
    return 1e6 / (double)vm->time.period;
}
/* Only a machine with a clock of its own has this chunk: others are as they were without it. */
void vm_speed_state(struct vm *vm, struct state *s)
{
    char name[16] = "";
    u64 hz = (u64)(vm->mhz * 1e6 + 0.5);
    if (state_loading(s)) {
        cpu_set_timing(vm->cpu, NULL);
        set_tsc(vm, 0);
        if (!state_has(s, "processor clock"))
            return;
    } else if (!hz) {
        return;
    }
    if (vm->cpu->timing)
        snprintf(name, sizeof(name), "%s", cpu_timing_name(vm->cpu->timing));
    state_begin(s, "processor clock", 1);
    state_bytes(s, "timing of", name, sizeof(name));
    state_u64(s, "hz", &hz);
    state_end(s);
    if (!state_loading(s) || !state_ok(s))
        return;
    name[sizeof(name) - 1] = 0;
    const struct cpu_timing *t = *name ? cpu_timing_find(name) : NULL;
    double mhz = (double)hz / 1e6;
    if ((*name && !t) || !(mhz >= VM_MHZ_LEAST && mhz <= VM_MHZ_MOST)) {
        state_fail(s, "impossible clock");
        return;
    }
    cpu_set_timing(vm->cpu, t);
    set_tsc(vm, mhz);
}

bool vm_time_possible(const struct vm *vm)
{
    return vm->time.ps < PS_PER_NS && vm->time.period >= MIN_PERIOD_PS &&
           vm->time.period <= MAX_PERIOD_PS;
}
