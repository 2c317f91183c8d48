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
 * the run loop (vm_run.c) looks every CHUNK instructions whether somebody wants it back
 * (vm_interrupt).
 */
#include "hw/machine/vm.h"
#include "hw/base/nearest.h"
#include "hw/input/sermouse.h"
#include "hw/machine/vm_jit.h"
#include "hw/machine/vm_machine.h"
#include <stdlib.h>
#include <string.h>

static void present(void *owner, u64 *instructions, u64 *ns)
{
    const struct vm *vm = owner;
    *instructions = vm_instructions(vm);
    *ns = clock_now(&vm->clock);
}

/* The 8086 and its like are speeds of ours, no models: who asks for one is told so. */
static bool unknown_processor(const char *name, struct err *e)
{
    const char *names[32], *near;
    size_t count = 0;
    while (count < ARRAY_SIZE(names) && (names[count] = cpu_model_name((unsigned)count)))
        count++;
    if (!strcmp(name, "8086") || !strcmp(name, "8088") || !strcmp(name, "286"))
        return err_set(
            e,
            "the oldest processor here is the 386, not \"%s\"; -speed 8088-4.77 or 286-12 "
            "runs it as slowly as older ones",
            name);
    near = nearest_word(name, names, count);
    return err_set(e, "there is no processor \"%s\"; %s%s%s", name, near ? "did you mean " : "",
                   near ? near : "-cpu help lists them", near ? "? (-cpu help)" : "");
}

static bool build(struct vm *vm, const struct vm_config *config, struct err *e)
{
    const char *name = config->cpu ? config->cpu : cpu_model_name(0);
    const struct cpu_model *model = cpu_model_find(name);
    if (!model)
        return unknown_processor(name, e);
    if (!vm_choose_speed(vm, config->mips, e))
        return false;
    struct pc_signals signals;
    vm_signals(vm, &signals);
    vm->pc = pc_new(config, &vm->clock, &signals, e);
    if (!vm->pc)
        return false;
    struct cpu_bus bus;
    vm_bus(vm, &bus);
    vm->cpu = cpu_new(model, &vm->pc->phys, &bus, config->log);
    if (!vm->cpu)
        return err_set(e, "out of memory");
    if (config->mhz != 0 && !vm_do_clock(vm, config->clock_of, config->mhz))
        return err_set(e, "no processor \"%s\" of %g MHz is known",
                       config->clock_of ? config->clock_of : "", config->mhz);
    vm_jit_start(vm->cpu, config->jit, config->log);
    if (!cpu_skip_waits(vm->cpu, config->spin == VM_SPIN_SKIP))
        return err_set(e, "out of memory");
    vm_join(vm);
    input_init(&vm->input, &vm->clock, vm->pc->keyboard, vm->pc->mouse,
               (struct sermouse *)pc_next(vm->pc, &sermouse_class, NULL), config->log);
    vm->input.vmmouse = vm->pc->vmmouse;
    vm->input.usb_kbd = (struct usb_kbd *)pc_next(vm->pc, &usb_kbd_class, NULL);
    vm->input.usb_tablet = (struct usb_tablet *)pc_next(vm->pc, &usb_tablet_class, NULL);
    if (log_on(config->log, LOG_HASH))
        trace_start(&vm->trace, 0);
    vm->clock.owner = vm;
    vm->clock.earlier = vm_time_earlier;
    return true;
}

void vm_forked(struct vm *vm)
{
    vm->forked = true;
    host_time_stop(vm->host_time, true);
    vm->host_time = NULL;
    vm_jit_forked(vm->cpu, vm->log);
}

void vm_will_be_forked(struct vm *vm)
{
    phys_learn_blank(&vm->pc->phys);
    if (vm->pc->vga)
        vga_learn_blank(vm->pc->vga);
}

u64 vm_skipped(const struct vm *vm)
{
    return cpu_skipped(vm->cpu);
}

bool vm_count_host_time(struct vm *vm)
{
    if (!host_time_possible() || vm->host_time || vm->host_time_wanted)
        return false;
    vm->host_time_wanted = true;
    return true;
}

void vm_print_jit(const struct vm *vm, FILE *out)
{
    vm_jit_print(vm->cpu, out);
    vm_why(vm, out);
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
    host_time_stop(vm->host_time, false);
    if (vm->cpu)
        input_free(&vm->input);
    /* The processor borrows the board's memory map, so it goes first. A process that was forked for
     * one run would make all that is freed its own before, to leave then. */
    if (!vm->forked)
        cpu_free(vm->cpu);
    bool ok = pc_free(vm->pc, e);
    clock_free(&vm->clock);
    journal_free(&vm->journal);
    taps_free(&vm->taps);
    free(vm);
    return ok;
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

u64 vm_registers_hash(const struct vm *vm)
{
    return trace_hash_registers(HASH_START, vm->cpu);
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

const char *vm_program_crash(const struct vm *vm)
{
    return ferrport_crash(vm->pc->guest);
}

bool vm_idle(const struct vm *vm)
{
    return cpu_waiting(vm->cpu);
}

const char *vm_last_fault(const struct vm *vm)
{
    return cpu_last_fault_text(vm->cpu);
}
