/* vm_chain.c - see vm_chain.h. */
#include "hw/machine/vm_chain.h"

#include "cpu/delivered.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)VM_DELIVERED < (int)CPU_DELIVERIES, "the next one's place may be half written");

static void step(struct vm_chain *out, const char *what, bool passes, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static void step(struct vm_chain *out, const char *what, bool passes, const char *fmt, ...)
{
    struct vm_chain_step *s =
        &out->step[out->steps < VM_CHAIN_STEPS ? out->steps++ : VM_CHAIN_STEPS - 1];
    va_list args;
    s->what = what;
    s->passes = passes;
    va_start(args, fmt);
    vsnprintf(s->says, sizeof(s->says), fmt, args);
    va_end(args);
}

/* ---- from the device ---- */

static void name_drivers(const struct pc *pc, unsigned irq, struct vm_chain *out)
{
    size_t n = 0;
    for (unsigned i = 0; i < pc->drivers && n < sizeof(out->drivers); i++)
        if (pc->driver[i].line == irq && !strstr(out->drivers, pc->driver[i].dev->name))
            n += (size_t)snprintf(out->drivers + n, sizeof(out->drivers) - n, "%s%s", n ? ", " : "",
                                  pc->driver[i].dev->name);
}

/* ---- the gate ---- */

static bool real_gate(struct vm *vm, const struct vm_registers *r, u8 vector, char *out, size_t n)
{
    u8 d[4];
    u32 at = r->idtr.base + 4u * vector;
    if (4u * vector + 3 > r->idtr.limit || vm_linear_read(vm, at, d, 4) != 4) {
        snprintf(out, n, "the interrupt table ends before vector %02x (limit %x)", vector,
                 r->idtr.limit);
        return false;
    }
    snprintf(out, n, "the table's entry at %08x is %04x:%04x", at, get_le16(d + 2), get_le16(d));
    return true;
}

bool vm_gate_words(struct vm *vm, u8 vector, char *out, size_t n)
{
    struct vm_registers r;
    u8 d[8];
    vm_registers(vm, &r);
    if (!r.protected_mode)
        return real_gate(vm, &r, vector, out, n);
    u32 at = r.idtr.base + 8u * vector;
    if (8u * vector + 7 > r.idtr.limit || vm_linear_read(vm, at, d, 8) != 8) {
        snprintf(out, n, "vector %02x is beyond the IDT (limit %x), or its page is not there: #GP",
                 vector, r.idtr.limit);
        return false;
    }
    unsigned type = d[5] & 0x1f, dpl = d[5] >> 5 & 3;
    bool gate = type == 5 || type == 6 || type == 7 || type == 14 || type == 15;
    if (!gate || !(d[5] & 0x80)) {
        snprintf(out, n, "the IDT's entry at %08x is %s", at,
                 gate ? "a gate that is not present: #NP" : "no gate: #GP");
        return false;
    }
    if (type == 5)
        snprintf(out, n, "a task gate to the TSS %04x, DPL %u: a task switch", get_le16(d + 2),
                 dpl);
    else
        snprintf(out, n, "%s-bit %s gate to %04x:%08x, DPL %u%s", type & 8 ? "32" : "16",
                 type & 1 ? "trap" : "interrupt", get_le16(d + 2),
                 get_le16(d) | (type & 8 ? (u32)get_le16(d + 6) << 16 : 0), dpl,
                 type & 1 ? "" : ": clears IF");
    return true;
}

/* ---- link by link ---- */

static void at_pic(const struct i8259_chip *chip, unsigned irq, struct vm_chain *out)
{
    unsigned ir = irq & 7;
    step(out, irq < 8 ? "first 8259" : "second 8259",
         out->requested && !out->masked && !out->in_service && !chip->init_step,
         "IR%u, %s-triggered: %s, %s, %s (IRR %02x, IMR %02x, ISR %02x)%s", ir,
         out->level_triggered ? "level" : "edge", out->requested ? "requested" : "not requested",
         out->masked ? "masked" : "not masked",
         out->in_service ? "in service: it waits for its EOI" : "not in service", chip->irr,
         chip->imr, chip->isr, chip->init_step ? "; it is being initialised" : "");
}

static void at_cascade(const struct i8259_chip *master, struct vm_chain *out)
{
    bool masked = master->imr & 4, busy = master->isr & 4;
    step(out, "cascade", !masked && !busy, "IR2 of the first 8259: %s, %s",
         masked ? "masked" : "not masked", busy ? "in service" : "not in service");
}

static void at_apic(const struct pc *pc, struct vm_chain *out)
{
    const struct lapic *l = pc->lapic;
    u32 lint0 = l->lvt[LVT_LINT0];
    bool on = (l->base & 0x800) && (l->svr & 0x100);
    if (!l->base)
        return;
    if (!on)
        step(out, "local APIC", true, "disabled: the 8259s' INT goes straight to the processor");
    else
        step(out, "local APIC", !(lint0 & 0x10000) && (lint0 >> 8 & 7) == APIC_EXTINT,
             "LINT0 is %05x: %s, delivery mode %u%s", lint0,
             lint0 & 0x10000 ? "masked" : "not masked", lint0 >> 8 & 7,
             (lint0 >> 8 & 7) == APIC_EXTINT ? " (ExtINT: the 8259s give the vector)" : "");
}

static void at_processor(const struct vm_interrupts *in, struct vm_chain *out)
{
    step(out, "processor", in->enabled && !in->held, "INTR is %s; IF is %d%s: %s",
         in->signalled ? "high" : "low", in->enabled, in->held ? ", held for one instruction" : "",
         in->next);
}

void vm_chain(struct vm *vm, unsigned irq, struct vm_chain *out)
{
    const struct pc *pc = vm_pc(vm);
    const struct i8259_chip *chip = &pc->pic->chip[irq / 8];
    unsigned bit = irq & 7;
    struct vm_interrupts in;
    char words[VM_CHAIN_WORDS];
    vm_interrupts(vm, &in);
    *out = (struct vm_chain){.pin = chip->pins >> bit & 1,
                             .level_triggered = chip->elcr >> bit & 1,
                             .requested = in.line[irq].requested,
                             .in_service = in.line[irq].in_service,
                             .masked = in.line[irq].masked,
                             .vector = in.line[irq].vector};
    name_drivers(pc, irq, out);
    if (irq == 2)
        step(out, "device", false, "none: the second 8259 is wired here");
    else
        step(out, "device", out->pin, "%s; the line is %s",
             *out->drivers ? out->drivers : "nobody drives it", out->pin ? "high" : "low");
    at_pic(chip, irq, out);
    if (irq >= 8)
        at_cascade(&pc->pic->chip[0], out);
    at_apic(pc, out);
    at_processor(&in, out);
    bool ok = vm_gate_words(vm, out->vector, words, sizeof(words));
    step(out, "gate", ok, "vector %02x (ICW2 %02x + %u): %s", out->vector, chip->icw2 & 0xf8, bit,
         words);
}

/* ---- what was delivered ---- */

static void item(struct vm *vm, struct vm_delivery *d, const char *name, unsigned bytes, u32 *at,
                 u32 value)
{
    u8 now[4] = {0};
    if (d->items == VM_FRAME_ITEMS)
        return;
    struct vm_frame_item *x = &d->item[d->items++];
    *x = (struct vm_frame_item){.name = name, .at = *at, .bytes = (u8)bytes};
    x->value = bytes == 2 ? value & 0xffff : value;
    x->known = vm_linear_read(vm, *at, now, bytes) == bytes;
    x->now = get_le32(now);
    *at += bytes;
}

/* Of what size were the items? The distance says it; to an inner ring, the gate as it is now. */
static unsigned item_size(struct vm *vm, const struct cpu_delivery *k, bool inner)
{
    unsigned count = 3u + k->has_error;
    u8 gate[8];
    if (!inner)
        return (k->esp - k->handler_esp) / count == 2 ? 2 : 4;
    u32 at = vm_cpu(vm)->idtr.base + 8u * k->vector;
    return vm_linear_read(vm, at, gate, 8) == 8 && !(gate[5] & 8) ? 2 : 4;
}

static void put_frame(struct vm *vm, const struct cpu_delivery *k, struct vm_delivery *d)
{
    bool inner = k->to_cpl < k->from_cpl;
    unsigned n = item_size(vm, k, inner);
    u32 at = k->frame;
    u32 distance = k->esp - k->handler_esp;
    if (!inner && distance != n * (3u + k->has_error)) {
        if (!k->has_error || distance != 6) /* in real mode there are no error codes */
            return;                         /* another stack: a task */
        d->has_error = false;
    }
    if (d->has_error)
        item(vm, d, "error code", n, &at, k->error);
    item(vm, d, n == 2 ? "IP" : "EIP", n, &at, k->eip);
    item(vm, d, "CS", n, &at, k->cs);
    item(vm, d, n == 2 ? "FLAGS" : "EFLAGS", n, &at, k->eflags);
    if (inner) {
        item(vm, d, n == 2 ? "SP" : "ESP", n, &at, k->esp);
        item(vm, d, "SS", n, &at, k->ss);
    }
}

bool vm_delivered(struct vm *vm, unsigned i, struct vm_delivery *d)
{
    const struct cpu *c = vm_cpu(vm);
    const struct cpu_delivered *all = cpu_delivered(c);
    if (i >= VM_DELIVERED || i >= all->count)
        return false;
    const struct cpu_delivery *k = &all->entry[(all->count - 1 - i) % CPU_DELIVERIES];
    *d = (struct vm_delivery){.instructions = k->executed,
                              .vector = k->vector,
                              .how = k->cause,
                              .has_error = k->has_error,
                              .error = k->error,
                              .from_ring = k->from_cpl,
                              .to_ring = k->to_cpl,
                              .v86 = k->v86,
                              .cs = k->cs,
                              .eip = k->eip,
                              .handler_cs = k->handler_cs,
                              .handler_ss = k->handler_ss,
                              .handler_eip = k->handler_eip};
    put_frame(vm, k, d);
    return true;
}
