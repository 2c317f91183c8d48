/*
 * vm_run.c - a machine runs: slices of the processor's work from event to event.
 */
#include "cpu/inspect.h"
#include "cpu/trace.h"
#include "hw/machine/vm_calls.h"
#include "hw/machine/vm_machine.h"

#define SETTLE_NS NS_PER_SEC /* how often disks are settled, see disk_settle() */
#define CHUNK (1u << 19)     /* ticks; two seconds if an instruction took 4 us */

/* Ticks from now to the slice's end, at most up to what else ends it. */
static u64 slice_ticks(const struct vm *vm)
{
    u64 now = vm_instructions(vm), n = vm_ticks_until(vm, vm->slice_end);
    if (n > CHUNK)
        n = CHUNK;
    if (n > vm->slice_goal - now)
        n = vm->slice_goal - now;
    if (vm->trace.on && n > vm->trace.next - now)
        n = vm->trace.next - now;
    return cpu_trace_limit(vm->cpu, n);
}

/* When the running slice has to end: at an event, or at its limit. */
static u64 slice_end(const struct vm *vm)
{
    u64 next = clock_slice_end(&vm->clock);
    return next < vm->slice_limit ? next : vm->slice_limit;
}

void vm_time_later(struct vm *vm)
{
    u64 end = slice_end(vm);
    if (!vm->running || end <= vm->slice_end)
        return;
    vm->slice_end = end;
    cpu_lengthen(vm->cpu, slice_ticks(vm));
}

/* The processor works until an event or `limit` and executes so many instructions at most; it may
 * stop early. */
static enum cpu_stop run_slice(struct vm *vm, u64 limit, u64 most)
{
    vm->slice_limit = limit;
    vm->slice_goal = vm_instructions(vm) + most;
    vm->slice_end = slice_end(vm);
    vm->time.ns = vm->clock.now;
    vm->clock.live = vm_live_time;
    vm->running = true;
    enum cpu_stop why = cpu_run(vm->cpu, slice_ticks(vm));
    vm->running = false;
    vm->clock.live = NULL;
    vm_finish_slice(vm);
    trace_registers(&vm->trace, vm->cpu, vm_instructions(vm), vm->log);
    return why;
}

/* The processor has come to a debugger's point. */
static void look_for_point(struct vm *vm)
{
    struct inspect_hit h;
    if (vm->request != VM_SLICE)
        return;
    if (!cpu_point_met(vm->cpu, &h)) {
        if (vm->screen_written) {
            vm->hit = (struct vm_point_hit){{.kind = VM_POINT_SCREEN}, .write = true};
            vm->request = VM_POINT;
        }
        vm->screen_written = false;
        return;
    }
    vm->hit = (struct vm_point_hit){{.kind = (enum vm_point_kind)h.point.kind,
                                     .lin = h.point.lin,
                                     .len = h.point.len,
                                     .far = h.point.far,
                                     .sel = h.point.sel,
                                     .how = h.point.how},
                                    .lin = h.lin,
                                    .len = h.len,
                                    .write = h.write,
                                    .how = h.how,
                                    .value = h.value};
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

static bool replay_is_over(struct vm *vm)
{
    journal_facts(&vm->journal);
    return journal_replays(&vm->journal) && vm->journal.next == vm->journal.count &&
           vm_instructions(vm) >= vm->replayed.instructions && vm->clock.now >= vm->replayed.ns;
}

/* Halted: nothing happens before the next event. */
static void skip_to_event(struct vm *vm, u64 until)
{
    u64 next = clock_slice_end(&vm->clock);
    next = next < until ? next : until;
    if (next > vm->clock.now) {
        vm->time.ps = 0;
        clock_advance(&vm->clock, next);
    }
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
    if (vm->screen_written) /* by the instruction that met another point */
        look_for_point(vm);
    settle_disks(vm);
    if (!journal_replays(&vm->journal)) {
        pc_poll(vm->pc);
        settle_clock(vm);
    }
    for (;;) {
        if (vm->time.waited) /* the processor was held */
            vm_finish_slice(vm);
        if (vm->request != VM_SLICE && !replay_reset(vm)) {
            enum vm_stop why = vm->request;
            vm->request = VM_SLICE;
            if (why == VM_POWER_OFF)
                pc_rest_disks(vm->pc);
            return why;
        }
        if (vm->restart)
            vm_reset_processor(vm, true);
        vm->mixing = true;
        mixer_run(vm->pc->sound, vm->clock.now);
        vm->mixing = false;
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
        u64 most, limit = limits(vm, until, &most);
        enum cpu_stop why = run_slice(vm, limit, most);
        look_for_point(vm);
        if (why == CPU_SHUTDOWN)
            vm_shut_down(vm);
        else if (why == CPU_HALT && vm_idle(vm))
            skip_to_event(vm, limits(vm, until, &most));
    }
}

enum vm_stop vm_run_to(struct vm *vm, u64 until, u64 instructions)
{
    if (unlikely(vm->host_time_wanted)) {
        vm->host_time = host_time_start(vm);
        vm->host_time_wanted = false;
    }
    vm->goal = instructions;
    vm->inside = true;
    enum vm_stop why = run(vm, until);
    vm->inside = false;
    vm->goal = GOAL_NONE;
    return why;
}

enum vm_stop vm_run(struct vm *vm, u64 until)
{
    return vm_run_to(vm, until, GOAL_NONE);
}

void vm_go_on(struct vm *vm)
{
    atomic_store(&vm->interrupted, false);
}

void vm_interrupt(struct vm *vm)
{
    atomic_store(&vm->interrupted, true);
}
const struct vm_point_hit *vm_point_hit(const struct vm *vm)
{
    return &vm->hit;
}
