/*
 * vm_reset.c - what resets a machine, or only its processor.
 */
#include "cpu/inspect.h"
#include "hw/machine/vm_machine.h"

#include <stdio.h>

/* How long the lines are held: PIIX3's PCIRST# for 1 ms, the 8042's pulse of the processor's. */
#define RESET_NS NS_PER_MS
#define PROCESSOR_RESET_NS 6000ull

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
void vm_reset_processor(struct vm *vm, bool init)
{
    u64 before = cpu_executed(vm->cpu);
    if (init) {
        cpu_init(vm->cpu);
        lapic_init(vm->pc->lapic);
    } else {
        cpu_reset(vm->cpu);
    }
    /* Whether or not the processor counts on, the machine does. */
    vm->time.ticks = cpu_ticks(vm->cpu);
    vm->earlier_lives += before - cpu_executed(vm->cpu);
    vm->restart = false;
    cpu_set_intr(vm->cpu, vm->pc->lapic->output);
}

/* Where and why, before anything is reset. */
static void note(struct vm *vm, const char *why, const char *fault)
{
    struct vm_reset_note *n = &vm->reset_note;
    n->why = why;
    n->asked = true;
    n->cs = vm->cpu->seg[SEG_CS].sel;
    n->eip = vm->cpu->eip;
    n->instructions = vm_instructions(vm);
    snprintf(n->fault, sizeof(n->fault), "%s", fault);
}

/* A state of the past knows nothing of what came after it. */
void vm_last_reset(const struct vm *vm, char *buf, size_t size)
{
    const struct vm_reset_note *n = &vm->reset_note;
    if (size)
        buf[0] = 0;
    if (!n->why || !n->instructions || n->instructions > vm_instructions(vm))
        return;
    snprintf(buf, size, "%s, near %04x:%x, after %llu instructions%s%s", n->why, n->cs, n->eip,
             (unsigned long long)n->instructions, *n->fault ? ": " : "", n->fault);
}

/* A reset line is held: time goes on, for all but the processor (vm_run). */
static void hold(struct vm *vm, u64 ns)
{
    vm->time.waited += ns * PS_PER_NS;
}

static void init_soon(struct vm *vm)
{
    hold(vm, PROCESSOR_RESET_NS);
    vm->restart = true;
    if (vm->running)
        cpu_request_stop(vm->cpu);
}

void vm_on_reset(void *opaque, int n, int level)
{
    (void)n;
    struct vm *vm = opaque;
    if (!level)
        return;
    log_at(vm->log, LOG_RESET, "reset: requested by the guest");
    note(vm, "the guest asked for it (8042, port 92h or CF9h)", "");
    hold(vm, RESET_NS);
    vm_stop_with(vm, VM_RESET_REQUEST);
}

void vm_on_init(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    if (level && program_resumes(vm)) {
        log_at(vm->log, LOG_RESET, "reset: INIT of the processor, to go on by CMOS code");
        note(vm, "the guest reset its processor alone, to go on by CMOS code", "");
        vm->reset_note.asked = false;
        init_soon(vm);
        return;
    }
    vm_on_reset(opaque, n, level);
}

/* From the APIC bus, or from the processor to itself: firmware decides what it means. */
void vm_on_message(void *opaque, int n, int level)
{
    (void)n;
    struct vm *vm = opaque;
    if (!level)
        return;
    log_at(vm->log, LOG_RESET, "reset: INIT of the processor, by a message");
    init_soon(vm);
}

void vm_shut_down(struct vm *vm)
{
    if (program_resumes(vm)) {
        hold(vm, PROCESSOR_RESET_NS);
        vm->restart = true;
        return;
    }
    log_at(vm->log, LOG_RESET, "triple fault: %s", cpu_last_fault_text(vm->cpu));
    note(vm, "a triple fault", cpu_last_fault_text(vm->cpu));
    hold(vm, RESET_NS);
    vm_stop_with(vm, VM_TRIPLE_FAULT);
}

/* A debugger's point that was met as the machine was stopped by something else: not any more. */
void vm_forget_point(struct vm *vm)
{
    struct inspect_hit hit;
    vm->screen_written = false;
    cpu_point_met(vm->cpu, &hit);
}

void vm_do_reset(struct vm *vm)
{
    if (!vm->reset_note.asked)
        note(vm, "the reset button, or a command", "");
    vm->reset_note.asked = false;
    vm->request = VM_SLICE;
    vm_forget_point(vm);
    pc_rest_disks(vm->pc);
    pc_reset(vm->pc);
    vm_reset_processor(vm, false);
}
