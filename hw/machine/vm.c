/*
 * vm.c - a machine: the board of pc.c, a processor and a clock, run in slices of virtual time.
 *
 * Time is executed instructions times the period of the chosen speed, counted in picoseconds so
 * that nothing is rounded away. With the clock of a processor of the past (vm_set_clock()) each
 * instruction takes its clocks: what is counted then is ticks (cpu/cpu.h). HLT skips to the next
 * event. An event that is due at time T fires before the first instruction that starts at or after
 * T. Where a slice ends therefore never shows in what the guest does, and the host's clock never
 * enters (but for -rtc localtime, once).
 *
 * Whatever the guest does, time goes on: what takes the host work - a port access, a transfer, a
 * reset, an interrupt that comes before the last one's handler has run - takes the guest time, and
 * the run loop looks every CHUNK instructions whether somebody wants it back (vm_interrupt).
 */
#include "hw/machine/vm.h"
#include "cpu/cpu.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "hw/input/sermouse.h"
#include "hw/machine/classes.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_calls.h"
#include "hw/machine/vm_input.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_jit.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_parts.h"
#include "hw/machine/vm_replay.h"
#include "hw/machine/vm_taps.h"
#include "hw/machine/vm_trace.h"
#include "hw/machine/vm_words.h"
#include "hw/net/net_link.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PS_PER_NS 1000ull
#define DEFAULT_MIPS 200.0
#define MIN_PERIOD_PS 10ull            /* 100000 instructions per microsecond */
#define MAX_PERIOD_PS 100000000ull     /* 0.01 */
#define SETTLE_NS NS_PER_SEC           /* how often disks are settled, see disk_settle() */
#define MAX_SLICE_NS (100 * NS_PER_MS) /* keeps all products within 64 bits */
#define GOAL_NONE UINT64_MAX
#define CHUNK (1u << 17) /* ticks; half a second if an instruction took 4 us */
/* How long the lines are held: PIIX3's PCIRST# for 1 ms, the 8042's pulse of the processor's. */
#define RESET_NS NS_PER_MS
#define PROCESSOR_RESET_NS 6000ull

struct vm {
    struct clock clock;
    struct pc *pc;
    struct cpu *cpu;
    struct vm_input input;
    struct vm_trace trace;
    struct vm_taps taps;
    struct journal journal; /* what enters from outside; of no journey back, no part of the state */
    struct instant replayed; /* a replay ends there */
    u64 barriers;            /* how often the machine became another one: vm_barriers() */
    struct log *log;
    unsigned loud; /* the log's mask, while it is quiet */

    u64 period_ps;     /* of a tick */
    double mhz;        /* of the time stamp counter when it is not the model's, else 0 */
    u64 waited_ps;     /* of the present slice: what the bus added to the instructions' time */
    u64 base_ticks;    /* cpu_ticks() at clock.now + base_ps */
    u32 base_ps;       /* 0..999 */
    u64 earlier_lives; /* instructions executed before the last resets */
    bool running;      /* inside cpu_run() */
    u64 goal;          /* vm_run_to(): instructions in all; GOAL_NONE */
    u64 slice_end;     /* ns */

    enum vm_stop request;    /* VM_SLICE = none */
    bool restart;            /* the processor alone is to be reset */
    atomic_bool interrupted; /* vm_interrupt() */
    u64 settled, ticked;     /* when the disks were last: the host's concern, no state */
    int exit_status;
    char disk_error[400];    /* what the machine stopped for last; "": nothing yet */
    struct vm_point_hit hit; /* of the last VM_POINT */
};

/* ---- time ---- */

/* Picoseconds since clock.now. */
static u64 slice_ps(const struct vm *vm)
{
    return vm->base_ps + vm->waited_ps + (cpu_ticks(vm->cpu) - vm->base_ticks) * vm->period_ps;
}

static u64 live_time(void *owner)
{
    const struct vm *vm = owner;
    return vm->clock.now + slice_ps(vm) / PS_PER_NS;
}

/* Ticks until the first instruction that starts at or after `at`. */
static u64 ticks_until(const struct vm *vm, u64 at)
{
    u64 ns = at - vm->clock.now;
    if (at <= vm->clock.now)
        return 0;
    if (ns > MAX_SLICE_NS)
        ns = MAX_SLICE_NS;
    u64 ps = ns * PS_PER_NS, done = slice_ps(vm);
    return ps <= done ? 0 : (ps - done + vm->period_ps - 1) / vm->period_ps;
}

/* A timer was armed in the middle of a slice. */
static void on_earlier(void *owner, u64 at)
{
    struct vm *vm = owner;
    if (!vm->running || at >= vm->slice_end)
        return;
    vm->slice_end = at;
    u64 n = ticks_until(vm, at);
    cpu_shorten(vm->cpu, n ? n : 1); /* the one that armed it comes to its end */
}

/* The processor stopped: bring the clock to its time and fire what is due. */
static void finish_slice(struct vm *vm)
{
    u64 ps = slice_ps(vm);
    vm->base_ticks = cpu_ticks(vm->cpu);
    vm->base_ps = (u32)(ps % PS_PER_NS);
    vm->waited_ps = 0;
    clock_advance(&vm->clock, vm->clock.now + ps / PS_PER_NS);
}

static void present(void *owner, u64 *instructions, u64 *ns)
{
    const struct vm *vm = owner;
    *instructions = vm_instructions(vm);
    *ns = clock_now(&vm->clock);
}

/* ---- the processor's and the board's requests ---- */

static void stop_with(struct vm *vm, enum vm_stop why)
{
    if (vm->request == VM_SLICE)
        vm->request = why;
    if (vm->running)
        cpu_request_stop(vm->cpu);
}

static void on_intr(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    (void)n;
    if (vm->cpu) /* not before there is one */
        cpu_set_intr(vm->cpu, level);
}

static void on_nmi(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    (void)n;
    if (level && vm->cpu)
        cpu_raise_nmi(vm->cpu);
}

/*
 * The reset line of the 8042, port 92h, CF9h without its bit 1, and the shutdown cycle of a triple
 * fault (which the PIIX3 answers with INIT#) reach the processor only. A program of the 286's days
 * comes back from protected mode that way: it tells the BIOS through CMOS byte 0Fh (05h, 09h-0Ch)
 * where to go on, and relies on timer, interrupt controllers and the rest being as they were. With
 * any other code in that byte firmware resets the board in full (ours and SeaBIOS by CF9h); this is
 * done for it, because it is the front end's decision (-no-reboot).
 */
static bool program_resumes(const struct vm *vm)
{
    u8 code = mc146818_peek(vm->pc->rtc, 0x0f);
    return code == 0x05 || (code >= 0x09 && code <= 0x0c);
}

/* RESET, or INIT when something reached the processor only. */
static void reset_processor(struct vm *vm, bool init)
{
    u64 before = cpu_executed(vm->cpu);
    if (init) {
        cpu_init(vm->cpu);
        lapic_init(vm->pc->lapic);
    } else {
        cpu_reset(vm->cpu);
    }
    /* Whether or not the processor counts on, the machine does. */
    vm->base_ticks = cpu_ticks(vm->cpu);
    vm->earlier_lives += before - cpu_executed(vm->cpu);
    vm->restart = false;
    cpu_set_intr(vm->cpu, vm->pc->lapic->output);
}

/* A reset line is held: time goes on, for all but the processor (vm_run). */
static void hold(struct vm *vm, u64 ns)
{
    vm->waited_ps += ns * PS_PER_NS;
}

static void init_soon(struct vm *vm)
{
    hold(vm, PROCESSOR_RESET_NS);
    vm->restart = true;
    if (vm->running)
        cpu_request_stop(vm->cpu);
}

static void on_reset(void *opaque, int n, int level)
{
    (void)n;
    struct vm *vm = opaque;
    if (!level)
        return;
    log_at(vm->log, LOG_RESET, "reset: requested by the guest");
    hold(vm, RESET_NS);
    stop_with(vm, VM_RESET_REQUEST);
}

static void on_init(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    if (level && program_resumes(vm)) {
        log_at(vm->log, LOG_RESET, "reset: INIT of the processor, to go on by CMOS code");
        init_soon(vm);
        return;
    }
    on_reset(opaque, n, level);
}

/* From the APIC bus, or from the processor to itself: firmware decides what it means. */
static void on_message(void *opaque, int n, int level)
{
    (void)n;
    struct vm *vm = opaque;
    if (!level)
        return;
    log_at(vm->log, LOG_RESET, "reset: INIT of the processor, by a message");
    init_soon(vm);
}

/* n is what was written. */
static void on_exit_port(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    if (!level)
        return;
    vm->exit_status = (int)(((u32)n << 1 | 1) & 0xff);
    stop_with(vm, VM_DEBUG_EXIT);
}

static void on_program_end(void *opaque, int n, int level)
{
    (void)n;
    if (level)
        stop_with(opaque, VM_PROGRAM_END);
}

static void on_power_off(void *opaque, int n, int level)
{
    (void)n;
    if (level)
        stop_with(opaque, VM_POWER_OFF);
}

/*
 * How long the bus takes for a port access, in ns. A processor of any speed waits about a
 * microsecond for the ISA bus; loops that poll a port (retrace, floppy, timer) therefore go round
 * thousands of times a frame and not millions, on hardware as here.
 */
static u64 bus_wait_ns(u16 port)
{
    if ((port & 0xff78) == 0x0170) /* 170-177, 1F0-1F7: PIO mode 4 */
        return 120;
    if (port >= 0x3b0 && port <= 0x3df) /* the display adapter */
        return 500;
    return port < 0x400 ? 1000 : 120; /* ISA, PCI */
}

static void wait_for_bus(struct vm *vm, u16 port)
{
    u64 ns = bus_wait_ns(port) + vm->pc->bus.held_ns;
    vm->pc->bus.held_ns = 0;
    u64 n = (ns * PS_PER_NS + vm->period_ps - 1) / vm->period_ps;
    vm->waited_ps += n * vm->period_ps;
    cpu_stall(vm->cpu, n);
}

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct vm *vm = owner;
    u32 v = bus_in(&vm->pc->bus, port, size);
    trace_event(&vm->trace, TRACE_IN, vm_instructions(vm), port | size << 16, v);
    wait_for_bus(vm, port);
    return v;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct vm *vm = owner;
    trace_event(&vm->trace, TRACE_OUT, vm_instructions(vm), port | size << 16, value);
    bus_out(&vm->pc->bus, port, value, size);
    wait_for_bus(vm, port);
}

static void get_registers(void *owner, struct port_registers *r)
{
    const struct cpu *c = ((struct vm *)owner)->cpu;
    *r = (struct port_registers){c->gpr[EAX], c->gpr[EBX], c->gpr[ECX], c->gpr[EDX]};
}

static void set_registers(void *owner, const struct port_registers *r)
{
    struct cpu *c = ((struct vm *)owner)->cpu;
    c->gpr[EBX] = r->ebx;
    c->gpr[ECX] = r->ecx;
    c->gpr[EDX] = r->edx;
}

static u8 irq_ack(void *owner)
{
    struct vm *vm = owner;
    u8 vector;
    if (!lapic_acknowledge(vm->pc->lapic, &vector))
        vector = i8259_acknowledge(vm->pc->pic);
    trace_event(&vm->trace, TRACE_INTERRUPT, vm_instructions(vm), vm->cpu->eip, vector);
    return vector;
}

static void apic_base(void *owner, u64 value)
{
    lapic_set_base(((struct vm *)owner)->pc->lapic, value);
}

/* As clock_now(), which would call back: RDTSC is frequent. */
static u64 time_ns(void *owner)
{
    const struct vm *vm = owner;
    return vm->clock.live ? live_time(owner) : vm->clock.now;
}

static void on_ferr(void *owner, bool level)
{
    ferr_input(((struct vm *)owner)->pc->ferr, level);
}

static void on_ignne(void *owner, int n, int level)
{
    (void)n;
    fpu_set_ignne(((struct vm *)owner)->cpu, level);
}

/* ---- life ---- */

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

bool vm_clock_possible(const char *processor, double mhz)
{
    return (!processor || cpu_timing_find(processor)) && mhz >= VM_MHZ_LEAST && mhz <= VM_MHZ_MOST;
}

bool vm_do_clock(struct vm *vm, const char *processor, double mhz)
{
    const struct cpu_timing *t = processor ? cpu_timing_find(processor) : NULL;
    if (!vm_clock_possible(processor, mhz))
        return false;
    choose_speed(&vm->period_ps, t ? mhz * CPU_TICKS_PER_CLOCK : mhz, NULL);
    cpu_set_timing(vm->cpu, t);
    set_tsc(vm, mhz);
    return true;
}

const char *vm_processor_clock(const struct vm *vm, double *mhz)
{
    *mhz = vm->mhz;
    return vm->cpu->timing ? cpu_timing_name(vm->cpu->timing) : NULL;
}

/* No state: the drive's own state is that of a command under way, which it tries again. */
static void on_disk_error(void *opaque, const char *why)
{
    struct vm *vm = opaque;
    snprintf(vm->disk_error, sizeof(vm->disk_error), "%s", why);
    stop_with(vm, VM_DISK_ERROR);
}

static bool build(struct vm *vm, const struct vm_config *config, struct err *e)
{
    const char *name = config->cpu ? config->cpu : cpu_model_name(0);
    const struct cpu_model *model = cpu_model_find(name);
    if (!model)
        return err_set(e, "there is no processor \"%s\"; -cpu help lists them", name);
    if (!choose_speed(&vm->period_ps, config->mips, e))
        return false;
    struct pc_signals signals = {
        .intr = {on_intr, vm, 0},
        .nmi = {on_nmi, vm, 0},
        .reset = {on_reset, vm, 0},
        .init = {on_init, vm, 0},
        .message = {on_message, vm, 0},
        .exit = {on_exit_port, vm, 0},
        .power_off = {on_power_off, vm, 0},
        .program_end = {on_program_end, vm, 0},
        .disk_error = {on_disk_error, vm},
    };
    vm->pc = pc_new(config, &vm->clock, &signals, e);
    if (!vm->pc)
        return false;
    struct cpu_bus bus = {vm, port_in, port_out, irq_ack, time_ns, on_ferr, apic_base};
    vm->cpu = cpu_new(model, &vm->pc->phys, &bus, config->log);
    if (!vm->cpu)
        return err_set(e, "out of memory");
    if (config->mhz != 0 && !vm_do_clock(vm, config->clock_of, config->mhz))
        return err_set(e, "no processor \"%s\" of %g MHz is known",
                       config->clock_of ? config->clock_of : "", config->mhz);
    vm_jit_start(vm->cpu, config->jit, config->log);
    vm->pc->ferr->ignne = (struct irq){on_ignne, vm, 0};
    vm->pc->vmmouse->processor = (struct processor_line){get_registers, set_registers, vm};
    input_init(&vm->input, &vm->clock, vm->pc->keyboard, vm->pc->mouse,
               (struct sermouse *)pc_next(vm->pc, &sermouse_class, NULL), config->log);
    vm->input.vmmouse = vm->pc->vmmouse;
    vm->input.usb_kbd = (struct usb_kbd *)pc_next(vm->pc, &usb_kbd_class, NULL);
    vm->input.usb_tablet = (struct usb_tablet *)pc_next(vm->pc, &usb_tablet_class, NULL);
    if (log_on(config->log, LOG_HASH))
        trace_start(&vm->trace, 0);
    vm->clock.owner = vm;
    vm->clock.earlier = on_earlier;
    return true;
}

void vm_forked(struct vm *vm)
{
    vm_jit_forked(vm->cpu);
}

void vm_print_jit(const struct vm *vm, FILE *out)
{
    vm_jit_print(vm->cpu, out);
}

const char *vm_cpu_name(unsigned i)
{
    return cpu_model_name(i);
}

struct vm *vm_new(const struct vm_config *config, struct err *e)
{
    struct vm *vm = calloc(1, sizeof(*vm));
    if (!vm) {
        err_set(e, "out of memory");
        return NULL;
    }
    vm->log = config->log;
    vm->goal = GOAL_NONE;
    vm->journal.now = present;
    vm->journal.owner = vm;
    clock_init(&vm->clock);
    vm->clock.journal = &vm->journal;
    struct vm_config tapped = *config;
    if (!taps_set(&vm->taps, &tapped, &vm->journal, e) || !build(vm, &tapped, e)) {
        vm_free(vm, NULL);
        return NULL;
    }
    vm_do_reset(vm);
    return vm;
}

bool vm_free(struct vm *vm, struct err *e)
{
    if (!vm)
        return true;
    if (vm->cpu)
        input_free(&vm->input);
    /* The processor borrows the board's memory map, so it goes first. */
    cpu_free(vm->cpu);
    bool ok = pc_free(vm->pc, e);
    clock_free(&vm->clock);
    journal_free(&vm->journal);
    taps_free(&vm->taps);
    free(vm);
    return ok;
}

/* A debugger's point that was met as the machine was stopped by something else: not any more. */
static void forget_point(struct vm *vm)
{
    struct inspect_hit hit;
    cpu_point_met(vm->cpu, &hit);
}

void vm_do_reset(struct vm *vm)
{
    vm->request = VM_SLICE;
    forget_point(vm);
    pc_rest_disks(vm->pc);
    pc_reset(vm->pc);
    reset_processor(vm, false);
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
    vm->period_ps = ps;
    cpu_set_timing(vm->cpu, NULL);
    set_tsc(vm, 0);
    return true;
}

double vm_mips(const struct vm *vm)
{
    return 1e6 / (double)vm->period_ps;
}

/* ---- running ---- */

/* The processor works until `to` and executes so many instructions at most; it may stop early. */
static enum cpu_stop run_slice(struct vm *vm, u64 to, u64 most)
{
    vm->slice_end = to;
    vm->clock.live = live_time;
    vm->running = true;
    u64 n = ticks_until(vm, to);
    if (n > CHUNK)
        n = CHUNK;
    if (n > most)
        n = most;
    if (vm->trace.on && n > vm->trace.next - vm_instructions(vm))
        n = vm->trace.next - vm_instructions(vm);
    enum cpu_stop why = cpu_run(vm->cpu, n);
    vm->running = false;
    vm->clock.live = NULL;
    finish_slice(vm);
    trace_registers(&vm->trace, vm->cpu, vm_instructions(vm), vm->log);
    return why;
}

/* The processor has come to a debugger's point. */
static void look_for_point(struct vm *vm)
{
    struct inspect_hit h;
    if (vm->request != VM_SLICE || !cpu_point_met(vm->cpu, &h))
        return;
    vm->hit = (struct vm_point_hit){{.kind = (enum vm_point_kind)h.point.kind,
                                     .lin = h.point.lin,
                                     .len = h.point.len,
                                     .far = h.point.far,
                                     .sel = h.point.sel},
                                    .lin = h.lin,
                                    .len = h.len,
                                    .write = h.write};
    vm->request = VM_POINT;
}

/* Also after a snapshot has taken the clock back. */
static void settle_disks(struct vm *vm)
{
    if (vm->clock.now - vm->ticked >= DISK_TICK) {
        vm->ticked = vm->clock.now;
        pc_tick_disks(vm->pc);
    }
    if (vm->clock.now - vm->settled < SETTLE_NS)
        return;
    vm->settled = vm->clock.now;
    pc_settle_disks(vm->pc);
}

/* A replay stops where the next call came, or where it ends: there at most so far. */
static void replay_limit(const struct vm *vm, u64 *until, u64 *most)
{
    const struct journal_entry *e = journal_next_call(&vm->journal);
    struct instant at = e ? (struct instant){e->instructions, e->ns} : vm->replayed;
    u64 now = vm_instructions(vm);
    if (now < at.instructions)
        *most = *most < at.instructions - now ? *most : at.instructions - now;
    else if (at.ns < *until)
        *until = at.ns;
}

/* Until when, and so many instructions: until the goal, and in a replay until the next call. */
static u64 limits(const struct vm *vm, u64 until, u64 *most)
{
    u64 now = vm_instructions(vm);
    *most = vm->goal > now ? vm->goal - now : 0;
    if (journal_replays(&vm->journal))
        replay_limit(vm, &until, most);
    return until;
}

/* The machine asked for a reset, and got one: in the recorded run as now. */
static bool replay_reset(struct vm *vm)
{
    const struct journal_entry *e =
        journal_replays(&vm->journal) ? journal_due(&vm->journal) : NULL;
    return e && e->kind == JOURNAL_RESET && calls_replay(vm);
}

static bool replay_is_over(const struct vm *vm)
{
    return journal_replays(&vm->journal) && vm->journal.next == vm->journal.count &&
           vm_instructions(vm) >= vm->replayed.instructions && vm->clock.now >= vm->replayed.ns;
}

/* Halted: nothing happens before the next event. */
static void skip_to_event(struct vm *vm, u64 until)
{
    u64 next = clock_next(&vm->clock);
    next = next < until ? next : until;
    if (next > vm->clock.now) {
        vm->base_ps = 0;
        clock_advance(&vm->clock, next);
    }
}

static void shut_down(struct vm *vm)
{
    if (program_resumes(vm)) {
        hold(vm, PROCESSOR_RESET_NS);
        vm->restart = true;
        return;
    }
    log_at(vm->log, LOG_RESET, "triple fault: %s", cpu_last_fault_text(vm->cpu));
    hold(vm, RESET_NS);
    stop_with(vm, VM_TRIPLE_FAULT);
}

/* What was armed between two slices. */
static void settle_clock(struct vm *vm)
{
    clock_advance(&vm->clock, vm->clock.now);
    vm->journal.settled = true;
}

/* Calls of this instant; what they led to came before the next one, or all together after them. */
static void replay_calls(struct vm *vm)
{
    const struct journal_entry *e;
    while ((e = journal_due(&vm->journal))) {
        if (e->after)
            settle_clock(vm);
        if (!calls_replay(vm))
            break;
    }
    settle_clock(vm);
    journal_look(&vm->journal);
}

static enum vm_stop run(struct vm *vm, u64 until)
{
    settle_disks(vm);
    if (!journal_replays(&vm->journal)) {
        pc_poll(vm->pc);
        settle_clock(vm);
    }
    for (;;) {
        if (vm->waited_ps) /* the processor was held */
            finish_slice(vm);
        if (vm->request != VM_SLICE && !replay_reset(vm)) {
            enum vm_stop why = vm->request;
            vm->request = VM_SLICE;
            if (why == VM_POWER_OFF)
                pc_rest_disks(vm->pc);
            return why;
        }
        if (vm->restart)
            reset_processor(vm, true);
        mixer_run(vm->pc->sound, vm->clock.now);
        if (vm_instructions(vm) >= vm->goal)
            return VM_GOAL;
        if (vm->clock.now >= until)
            return VM_SLICE;
        if (journal_replays(&vm->journal))
            replay_calls(vm);
        if (replay_is_over(vm) || vm->journal.astray.text[0])
            return VM_REPLAYED;
        if (atomic_load_explicit(&vm->interrupted, memory_order_relaxed)) {
            atomic_store(&vm->interrupted, false);
            return VM_INTERRUPTED;
        }
        u64 most, to = limits(vm, until, &most), next = clock_next(&vm->clock);
        enum cpu_stop why = run_slice(vm, next < to ? next : to, most);
        look_for_point(vm);
        if (why == CPU_SHUTDOWN)
            shut_down(vm);
        else if (why == CPU_HALT && vm_idle(vm))
            skip_to_event(vm, limits(vm, until, &most));
    }
}

enum vm_stop vm_run(struct vm *vm, u64 until)
{
    return run(vm, until);
}

enum vm_stop vm_run_to(struct vm *vm, u64 until, u64 instructions)
{
    vm->goal = instructions;
    enum vm_stop why = run(vm, until);
    vm->goal = GOAL_NONE;
    return why;
}

const struct vm_point_hit *vm_point_hit(const struct vm *vm)
{
    return &vm->hit;
}

void vm_go_on(struct vm *vm)
{
    atomic_store(&vm->interrupted, false);
}

void vm_interrupt(struct vm *vm)
{
    atomic_store(&vm->interrupted, true);
}

struct pc *vm_pc(const struct vm *vm)
{
    return vm->pc;
}

struct cpu *vm_cpu(const struct vm *vm)
{
    return vm->cpu;
}

struct vm_input *vm_input(struct vm *vm)
{
    return &vm->input;
}

struct log *vm_log(const struct vm *vm)
{
    return vm->log;
}

struct journal *vm_journal(struct vm *vm)
{
    return &vm->journal;
}

struct instant vm_instant(const struct vm *vm)
{
    return (struct instant){vm_instructions(vm), vm->clock.now};
}

u64 vm_registers_hash(const struct vm *vm)
{
    return trace_hash_registers(HASH_START, vm->cpu);
}

/* ---- replays ---- */

void vm_barrier(struct vm *vm)
{
    vm->barriers++;
}

u64 vm_barriers(const struct vm *vm)
{
    return vm->barriers;
}

static void be_quiet(struct vm *vm, bool on)
{
    if (vm->journal.quiet == on)
        return;
    vm->journal.quiet = on;
    mixer_quiet(vm->pc->sound, on);
    if (!vm->log)
        return;
    if (on)
        vm->loud = vm->log->mask;
    vm->log->mask = on ? 0 : vm->loud;
}

void vm_replay(struct vm *vm, struct instant end, bool quiet)
{
    vm->journal.mode = JOURNAL_REPLAYS;
    vm->replayed = end;
    be_quiet(vm, quiet);
}

bool vm_replaying(const struct vm *vm)
{
    return journal_replays(&vm->journal);
}

void vm_live(struct vm *vm, bool notes)
{
    vm->journal.mode = notes ? JOURNAL_NOTES : JOURNAL_OFF;
    be_quiet(vm, false);
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

u64 vm_instructions(const struct vm *vm)
{
    return vm->earlier_lives + cpu_executed(vm->cpu);
}

bool vm_outputs_ok(struct vm *vm, struct err *e)
{
    return pc_outputs_ok(vm->pc, e);
}

const char *vm_disk_error(const struct vm *vm)
{
    return vm->disk_error;
}

int vm_exit_status(const struct vm *vm)
{
    return vm->exit_status;
}

int vm_program_status(const struct vm *vm)
{
    return ferrport_status(vm->pc->guest);
}

bool vm_idle(const struct vm *vm)
{
    return cpu_waiting(vm->cpu);
}

const char *vm_last_fault(const struct vm *vm)
{
    return cpu_last_fault_text(vm->cpu);
}

void vm_explain(const struct vm *vm, char *buf, size_t size)
{
    u64 next = clock_next(&vm->clock);
    machine_words(vm->cpu, vm->pc, next == CLOCK_NEVER ? next : next - vm->clock.now, buf, size);
}

/* ---- input and output ---- */

bool vm_keys_taken(const struct vm *vm)
{
    const struct usb_kbd *usb = vm->input.usb_kbd;
    return !vm->input.key_count && !ps2_has_byte(&vm->pc->keyboard->link) && !(usb && usb->count);
}

bool vm_pointer_wanted(const struct vm *vm)
{
    return input_pointing(&vm->input);
}

void vm_network_wait(struct vm *vm, unsigned milliseconds)
{
    unsigned cables = 0;
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));)
        cables++;
    /* They are looked at one after the other; whichever has something ends its part. */
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));)
        net_link_wait((struct net_link *)d, (milliseconds + cables - 1) / cables);
}

void vm_network_frames(const struct vm *vm, u64 *sent, u64 *received)
{
    *sent = *received = 0;
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));) {
        *sent += ((struct net_link *)d)->sent;
        *received += ((struct net_link *)d)->received;
    }
}

unsigned vm_leds(const struct vm *vm)
{
    return vm->pc->keyboard->leds;
}

enum { NO_DISPLAY_NS = NS_PER_SEC / 60 }; /* a frame, where there is no adapter */

void vm_screen(struct vm *vm, struct screen *out)
{
    memset(out, 0, sizeof(*out));
    out->aspect = 4.0 / 3.0;
    if (vm->pc->vga)
        vga_render(vm->pc->vga, out, 0);
}

u64 vm_frame_end(const struct vm *vm)
{
    if (!vm->pc->vga)
        return vm->clock.now + NO_DISPLAY_NS;
    return vga_frame_end(vm->pc->vga, vm->clock.now);
}

u64 vm_frame_ns(const struct vm *vm)
{
    return vm->pc->vga ? vm->pc->vga->t.frame_ns : NO_DISPLAY_NS;
}

size_t vm_screen_text(struct vm *vm, char *buf, size_t size)
{
    if (vm->pc->vga)
        return vga_text_utf8(vm->pc->vga, buf, size);
    if (size)
        *buf = 0;
    return 0;
}

bool vm_screen_cells(struct vm *vm, struct screen_cells *out)
{
    if (vm->pc->vga)
        return vga_text_unicode(vm->pc->vga, out);
    out->columns = out->rows = 0;
    return false;
}

bool vm_drive(const struct vm *vm, unsigned place, struct vm_drive *out)
{
    return pc_drive(vm->pc, place, out);
}

bool vm_drive_export(struct vm *vm, unsigned place, int fd, struct err *e)
{
    return pc_drive_export(vm->pc, place, fd, e);
}

bool vm_drive_let_go(struct vm *vm, unsigned place, struct err *e)
{
    return pc_drive_let_go(vm->pc, place, e);
}

bool vm_drive_take_up(struct vm *vm, unsigned place, const char *overlay, struct err *e)
{
    return pc_drive_take_up(vm->pc, place, overlay, e);
}

bool vm_drive_look(struct vm *vm, unsigned place, u64 *shown, u64 *now)
{
    return pc_drive_look(vm->pc, place, shown, now);
}

bool vm_drive_renew(struct vm *vm, unsigned place, struct err *e)
{
    return pc_drive_renew(vm->pc, place, e);
}

bool vm_flush_drives(struct vm *vm, struct err *e)
{
    return pc_flush_drives(vm->pc, e);
}

void vm_read_memory(struct vm *vm, u32 addr, void *buf, u32 len)
{
    phys_read(&vm->pc->phys, addr, buf, len);
}

void vm_describe(struct vm *vm, const char *what, FILE *out)
{
    const struct pc *pc = vm->pc;
    if (!what) {
        fprintf(out, "%-12s %s\n", "cpu", "the processor's registers");
        for (unsigned i = 0; i < pc->device_count; i++)
            fprintf(out, "%-12s %s\n", pc->device[i]->name, pc->device[i]->class->doc);
    } else if (!strcmp(what, "cpu")) {
        cpu_describe(vm->cpu, out);
    } else {
        const struct device *d = pc_find(pc, what);
        if (!d) {
            fprintf(out, "there is no \"%s\"\n", what);
            return;
        }
        fprintf(out, "%s: %s\n", d->name, d->class->doc);
        if (d->class->describe)
            d->class->describe(d, out);
    }
}

/* ---- snapshots ---- */

/* Where the processor is, for the journal: a replay finds out whether it is there, too. */
static void note_check(struct vm *vm, unsigned why)
{
    u8 hash[8];
    if (!journal_notes(&vm->journal) || !vm->journal.told)
        return;
    put_le64(hash, vm_registers_hash(vm));
    journal_note(&vm->journal, JOURNAL_CHECK, why, hash, sizeof(hash));
}

void vm_check(struct vm *vm)
{
    note_check(vm, JOURNAL_CHECKED);
}

/* How the machine came to be where it is; no part of what it is. */
static void trace_state(struct vm *vm, struct state *s, u64 instructions)
{
    bool on = vm->trace.on;
    u64 hash = vm->trace.hash;
    if (state_digesting(s))
        return;
    state_bool(s, "traced", &on);
    state_u64(s, "trace hash", &hash);
    if (!state_loading(s) || !vm->trace.on)
        return;
    trace_start(&vm->trace, instructions);
    if (on)
        vm->trace.hash = hash;
}

/* Only a machine with a clock of its own has this chunk: others are as they were without it. */
static void clock_of_state(struct vm *vm, struct state *s)
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

void vm_whole_state(struct vm *vm, struct state *s)
{
    clock_state(&vm->clock, s);
    clock_of_state(vm, s);
    u32 version = state_begin(s, "machine", 2);
    state_u64(s, "period_ps", &vm->period_ps);
    u64 instructions = vm_instructions(vm);
    state_u64(s, "instructions", &instructions);
    state_u32(s, "base_ps", &vm->base_ps);
    state_int(s, "exit_status", &vm->exit_status);
    if (state_loading(s) && (vm->base_ps >= PS_PER_NS || vm->period_ps < MIN_PERIOD_PS ||
                             vm->period_ps > MAX_PERIOD_PS))
        state_fail(s, "impossible time");
    if (version >= 2)
        trace_state(vm, s, instructions);
    state_end(s);
    cpu_state(vm->cpu, s);
    pc_state(vm->pc, s);
    input_state(&vm->input, s);
    if (state_loading(s)) {
        vm->base_ticks = cpu_ticks(vm->cpu);
        if (state_ok(s))
            vm->earlier_lives = instructions - cpu_executed(vm->cpu);
        vm->request = VM_SLICE;
        vm->restart = false;
        forget_point(vm);
    }
}

static bool save(struct vm *vm, u8 **bytes, size_t *size, struct err *e)
{
    struct state *s = state_new_save();
    if (!s)
        return err_set(e, "out of memory");
    state_cancel_by(s, &vm->interrupted);
    vm_whole_state(vm, s);
    const u8 *file = state_ok(s) ? state_finish(s, size) : NULL;
    *bytes = file ? malloc(*size) : NULL;
    if (*bytes)
        memcpy(*bytes, file, *size);
    else
        err_set(e, "the machine cannot be saved: %s",
                state_ok(s) ? "out of memory" : state_error(s));
    state_free(s);
    return *bytes != NULL;
}

bool vm_save(struct vm *vm, u8 **bytes, size_t *size, struct err *e)
{
    note_check(vm, JOURNAL_SAVED);
    return save(vm, bytes, size, e);
}

bool vm_state_hash(struct vm *vm, u64 *hash, struct err *e)
{
    struct state *s = state_new_digest();
    if (!s)
        return err_set(e, "out of memory");
    state_cancel_by(s, &vm->interrupted);
    vm_whole_state(vm, s);
    bool ok = state_ok(s);
    if (ok)
        *hash = state_digest(s);
    else
        err_set(e, "the machine has no hash: %s", state_error(s));
    state_free(s);
    return ok;
}

bool vm_trace_hash(const struct vm *vm, u64 *hash)
{
    *hash = vm->trace.hash;
    return vm->trace.on;
}

static bool load(struct vm *vm, const u8 *bytes, size_t size, struct err *e)
{
    struct state *s = state_new_load(bytes, size, e);
    if (!s)
        return false;
    vm_whole_state(vm, s);
    char name[STATE_NAME];
    bool optional;
    for (unsigned at = 0; state_ok(s) && state_unread(s, &at, name, &optional);) {
        const struct device_class *class = class_of_instance(name);
        if (optional || (class && class->optional))
            log_at(vm->log, LOG_RESET, "snapshot: this machine has no %s, its state is skipped",
                   name);
        else
            state_fail(s, "it holds \"%s\", which this machine has not", name);
    }
    bool ok = state_ok(s);
    if (!ok)
        err_set(e, "the snapshot does not fit: %s", state_error(s));
    state_free(s);
    return ok;
}

bool vm_do_load(struct vm *vm, const u8 *bytes, size_t size, struct err *e)
{
    /* A machine that turns out to be half loaded goes back to where it was. */
    u8 *before;
    size_t before_size;
    if (!save(vm, &before, &before_size, e))
        return false;
    bool ok = load(vm, bytes, size, e);
    if (!ok) {
        struct err lost;
        if (!load(vm, before, before_size, &lost))
            log_at(vm->log, LOG_RESET, "snapshot: going back failed: %s", lost.text);
    }
    free(before);
    vm_barrier(vm);
    return ok;
}

bool vm_load(struct vm *vm, const u8 *bytes, size_t size, struct err *e)
{
    if (vm_replaying(vm)) /* that is over */
        vm_live(vm, true);
    journal_note(&vm->journal, JOURNAL_LOAD, 0, bytes, size);
    return vm_do_load(vm, bytes, size, e);
}
