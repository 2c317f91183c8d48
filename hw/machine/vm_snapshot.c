/*
 * vm_snapshot.c - a machine's whole state: saved, loaded, and its hash.
 */
#include "cpu/cpu.h"
#include "hw/machine/classes.h"
#include "hw/machine/vm_machine.h"
#include <stdlib.h>
#include <string.h>

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

void vm_whole_state(struct vm *vm, struct state *s)
{
    clock_state(&vm->clock, s);
    vm_speed_state(vm, s);
    u32 version = state_begin(s, "machine", 2);
    state_u64(s, "period_ps", &vm->time.period);
    u64 instructions = vm_instructions(vm);
    state_u64(s, "instructions", &instructions);
    state_u32(s, "base_ps", &vm->time.ps);
    state_int(s, "exit_status", &vm->exit_status);
    if (state_loading(s) && !vm_time_possible(vm))
        state_fail(s, "impossible time");
    if (version >= 2)
        trace_state(vm, s, instructions);
    state_end(s);
    cpu_state(vm->cpu, s);
    pc_state(vm->pc, s);
    input_state(&vm->input, s);
    if (state_loading(s)) {
        vm->time.ticks = cpu_ticks(vm->cpu);
        if (state_ok(s))
            vm->earlier_lives = instructions - cpu_executed(vm->cpu);
        vm->request = VM_SLICE;
        vm->restart = false;
        vm_forget_point(vm);
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
    vm_note_check(vm, JOURNAL_SAVED);
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
