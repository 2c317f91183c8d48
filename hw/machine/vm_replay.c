/*
 * vm_replay.c - a machine does again what it did: see vm_replay.h.
 */
#include "cpu/trace.h"
#include "hw/machine/vm_machine.h"

struct instant vm_instant(const struct vm *vm)
{
    return (struct instant){vm_instructions(vm), vm->clock.now};
}

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
    cpu_trace_hold(vm->cpu, on);
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
void vm_note_check(struct vm *vm, unsigned why)
{
    u8 hash[8];
    if (!journal_notes(&vm->journal) || !vm->journal.told)
        return;
    put_le64(hash, vm_registers_hash(vm));
    journal_note(&vm->journal, JOURNAL_CHECK, why, hash, sizeof(hash));
}

void vm_check(struct vm *vm)
{
    vm_note_check(vm, JOURNAL_CHECKED);
}
