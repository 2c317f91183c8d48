/*
 * vm_wires.c - the lines between processor and board, both ways, and what a port access takes.
 */
#include "cpu/fpu.h"
#include "hw/machine/vm_machine.h"
#include <stdio.h>

void vm_stop_with(struct vm *vm, enum vm_stop why)
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

/* n is what was written. */
static void on_exit_port(void *opaque, int n, int level)
{
    struct vm *vm = opaque;
    if (!level)
        return;
    vm->exit_status = (int)(((u32)n << 1 | 1) & 0xff);
    vm_stop_with(vm, VM_DEBUG_EXIT);
}

static void on_program_end(void *opaque, int n, int level)
{
    (void)n;
    if (level)
        vm_stop_with(opaque, VM_PROGRAM_END);
}

static void on_power_off(void *opaque, int n, int level)
{
    (void)n;
    if (level)
        vm_stop_with(opaque, VM_POWER_OFF);
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
    u64 n = (ns * PS_PER_NS + vm->time.period - 1) / vm->time.period;
    vm->time.waited += n * vm->time.period;
    cpu_stall(vm->cpu, n);
}

/* Counting the instructions takes longer than the rest, and only a traced machine needs them. */
static void note_event(struct vm *vm, enum trace_kind kind, u32 where, u32 value)
{
    if (unlikely(vm->trace.on))
        trace_event(&vm->trace, kind, vm_instructions(vm), where, value);
}

static u32 port_in(void *owner, u16 port, unsigned size)
{
    struct vm *vm = owner;
    u32 v = bus_in(&vm->pc->bus, port, size);
    note_event(vm, TRACE_IN, port | size << 16, v);
    wait_for_bus(vm, port);
    return v;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    struct vm *vm = owner;
    note_event(vm, TRACE_OUT, port | size << 16, value);
    bus_out(&vm->pc->bus, port, value, size);
    wait_for_bus(vm, port);
}

/* For how many ticks from now on does this port answer the same? */
static u64 port_steady(void *owner, u16 port, unsigned size, const struct byte_set *others)
{
    const struct vm *vm = owner;
    return vm_ticks_until(vm, bus_steady_until(&vm->pc->bus, port, size, others));
}

static bool port_curve(void *owner, u16 port, unsigned size, struct curve *curve)
{
    return bus_curve_of(&((struct vm *)owner)->pc->bus, port, size, curve);
}

static bool out_chooses(void *owner, u16 port, unsigned size, u32 value)
{
    return bus_out_chooses(&((struct vm *)owner)->pc->bus, port, size, value);
}

static u64 chosen(void *owner, u16 port)
{
    return bus_chosen(&((struct vm *)owner)->pc->bus, port);
}

/* One access of a round that passes. */
static u32 pass_access(struct vm *vm, const struct cpu_port_access *a, u64 instruction)
{
    u32 where = a->port | (u32)a->size << 16, v = a->value;
    if (!a->out)
        v = bus_in(&vm->pc->bus, a->port, a->size);
    trace_event(&vm->trace, a->out ? TRACE_OUT : TRACE_IN, instruction, where, v);
    if (a->out)
        bus_out(&vm->pc->bus, a->port, v, a->size);
    return v;
}

/*
 * Rounds of a loop that waits are about to pass. The last one's accesses are made, each at its
 * time, for what they leave behind in a device; those of the others, too, where the trace wants
 * them.
 */
static void skip(void *owner, const struct cpu_skip *k, u32 *value)
{
    struct vm *vm = owner;
    u64 waited = vm->time.waited, length = k->ticks + k->stall, begun = vm_instructions(vm);
    for (u64 i = vm->trace.on ? 0 : k->times - 1; i < k->times; i++)
        for (unsigned n = 0; n < k->accesses; n++) {
            const struct cpu_port_access *a = &k->access[n];
            vm->time.waited = waited + (i * length + a->at) * vm->time.period;
            value[n] = pass_access(vm, a, begun + i * k->instructions + a->executed);
        }
    vm->pc->bus.held_ns = 0; /* it is in the rounds' length */
    vm->time.waited = waited + k->times * k->stall * vm->time.period;
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
    if (!(vm->pc->pic->chip[0].irr & 1) && i8254_taken(vm->pc->pit))
        vm_time_later(vm); /* the slice was to end where OUT falls */
    note_event(vm, TRACE_INTERRUPT, vm->cpu->eip, vector);
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
    return vm->clock.live ? vm_live_time(owner) : vm->clock.now;
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
/* No state: the drive's own state is that of a command under way, which it tries again. */
static void on_disk_error(void *opaque, const char *why)
{
    struct vm *vm = opaque;
    snprintf(vm->disk_error, sizeof(vm->disk_error), "%s", why);
    vm_stop_with(vm, VM_DISK_ERROR);
}
void vm_signals(struct vm *vm, struct pc_signals *s)
{
    *s = (struct pc_signals){
        .intr = {on_intr, vm, 0},
        .nmi = {on_nmi, vm, 0},
        .reset = {vm_on_reset, vm, 0},
        .init = {vm_on_init, vm, 0},
        .message = {vm_on_message, vm, 0},
        .exit = {on_exit_port, vm, 0},
        .power_off = {on_power_off, vm, 0},
        .program_end = {on_program_end, vm, 0},
        .disk_error = {on_disk_error, vm},
    };
}

void vm_bus(struct vm *vm, struct cpu_bus *b)
{
    *b = (struct cpu_bus){.owner = vm,
                          .port_in = port_in,
                          .port_out = port_out,
                          .irq_ack = irq_ack,
                          .time_ns = time_ns,
                          .time = &vm->time,
                          .ferr = on_ferr,
                          .apic_base = apic_base,
                          .port_steady = port_steady,
                          .port_curve = port_curve,
                          .out_chooses = out_chooses,
                          .chosen = chosen,
                          .skip = skip};
}

void vm_join(struct vm *vm)
{
    vm->pc->ferr->ignne = (struct irq){on_ignne, vm, 0};
    vm->pc->vmmouse->processor = (struct processor_line){get_registers, set_registers, vm};
}
