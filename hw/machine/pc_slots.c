/*
 * pc_slots.c - what devices ask the board for while they are realized (hw/bus/slots.h), and the
 * ledgers that find two of them in one place: interrupt lines and DMA channels. (Ports are the
 * bus's own, hw/bus/bus.c.)
 *
 * An interrupt line of the ISA bus that several cards share is high while one of them drives it
 * high. What each of them drives is then the lines' own state, and a chunk of its own.
 */
#include "hw/machine/pc.h"

#include <stdio.h>
#include <string.h>

enum { CASCADE = 2, DMA_CASCADE = 4 };

/* ---- interrupt lines ---- */

static bool others_high(const struct pc *pc, const struct pc_driver *than)
{
    for (unsigned i = 0; i < pc->drivers; i++) {
        const struct pc_driver *d = &pc->driver[i];
        if (d != than && d->line == than->line && d->level)
            return true;
    }
    return false;
}

static void on_driver(void *opaque, int n, int level)
{
    struct pc_driver *d = opaque;
    d->level = level != 0;
    piix3_isa(d->pc->piix3, n, level || (d->shared && others_high(d->pc, d)));
}

struct irq pc_isa_line(struct pc *pc, int n)
{
    return (struct irq){.fn = piix3_isa, .opaque = pc->piix3, .n = n};
}

struct irq pc_solder(struct pc *pc, struct device *d, int n)
{
    struct irq line = {NULL, NULL, 0};
    struct err e;
    if (!pc->slots.irq(pc, d, (unsigned)n, LINE_DRIVEN, &line, &e))
        line = pc_isa_line(pc, n); /* cannot be: nothing is in the slots yet */
    return line;
}

/* Who cannot share line n with somebody who uses it so? NULL: nobody. */
static const struct pc_driver *rival_on(const struct pc *pc, unsigned n, enum line_use use)
{
    for (unsigned i = 0; i < pc->drivers; i++) {
        const struct pc_driver *d = &pc->driver[i];
        if (d->line == n && d->use == LINE_DRIVEN && use == LINE_DRIVEN)
            return d;
    }
    return NULL;
}

static bool slots_owner_irq(void *owner, struct device *dev, unsigned n, enum line_use use,
                            struct irq *line, struct err *e)
{
    struct pc *pc = owner;
    if (n >= PIIX3_IRQS)
        return err_set(e, "%s: there is no IRQ %u: 0 to 15", dev->name, n);
    if (use == LINE_FORCED) {
        *line = pc_isa_line(pc, (int)n);
        return true;
    }
    bool soldered = dev->class->bus == BUS_BOARD || dev->class->bus == BUS_PCI;
    if (!soldered && (n <= CASCADE || n == 8 || n == 13))
        return err_set(e, "%s: IRQ %u belongs to the board; slots have 3-7, 9-12, 14 and 15",
                       dev->name, n);
    const struct pc_driver *rival = rival_on(pc, n, use);
    if (rival)
        return err_set(e, "%s: IRQ %u: %s drives that line all the time, they cannot share it",
                       dev->name, n, rival->dev->name);
    if (pc->drivers == PC_MAX_DRIVERS)
        return err_set(e, "%s: too many devices with interrupts", dev->name);
    struct pc_driver *d = &pc->driver[pc->drivers];
    *d = (struct pc_driver){.pc = pc, .dev = dev, .line = (u8)n, .use = use};
    for (unsigned i = 0; i < pc->drivers; i++) {
        if (pc->driver[i].line == n) {
            d->shared = pc->driver[i].shared = true;
            log_at(pc->board.log, LOG_RESET, "IRQ %u: %s and %s share the line", n,
                   pc->driver[i].dev->name, dev->name);
        }
    }
    pc->drivers++;
    *line = (struct irq){on_driver, d, (int)n};
    return true;
}

/*
 * Only where lines are shared, for else the devices and the PIIX3 know everything; a chunk each, so
 * that a card more or less is no other machine.
 */
void pc_lines_state(struct pc *pc, struct state *s)
{
    for (unsigned i = 0; i < pc->drivers; i++) {
        struct pc_driver *d = &pc->driver[i];
        char name[STATE_NAME];
        snprintf(name, sizeof(name), "line %u of %s", d->line, d->dev->name);
        if (!d->shared)
            continue;
        if (state_loading(s) && state_ok(s) && !state_has(s, name)) {
            d->level = false;
            continue;
        }
        state_begin(s, name, 1 | STATE_OPTIONAL);
        state_bool(s, "level", &d->level);
        state_end(s);
    }
}

/* ---- DMA channels ---- */

static bool slots_owner_dma(void *owner, struct device *dev, unsigned channel,
                            struct dma_line *line, struct err *e)
{
    struct pc *pc = owner;
    if (channel > 7 || channel == DMA_CASCADE)
        return err_set(e, "%s: there is no DMA channel %u: 0 to 3 and 5 to 7", dev->name, channel);
    if (pc->dma_user[channel] && !pc->dma_spare[channel])
        return err_set(e, "%s: DMA channel %u: %s has it", dev->name, channel,
                       pc->dma_user[channel]->name);
    pc->dma_user[channel] = dev;
    pc->dma_spare[channel] = false;
    i8237_attach(pc->dma, channel, line);
    return true;
}

static void slots_owner_dma_spare(void *owner, struct device *dev, unsigned channel,
                                  struct dma_line *line)
{
    struct pc *pc = owner;
    struct err e;
    if (!pc->dma_user[channel])
        pc->dma_spare[channel] = slots_owner_dma(owner, dev, channel, line, &e);
}

/* ---- names ---- */

static const struct stream *slots_owner_stream(void *owner, const char *id)
{
    const struct pc *pc = owner;
    const struct vm_config *c = pc->config;
    static const struct stream nothing;
    for (unsigned i = 0; i < c->chardev_count; i++) {
        if (strcmp(id, c->chardevs[i].id) == 0)
            return &c->chardevs[i].stream;
    }
    for (unsigned i = 0; i < VM_SERIALS; i++) {
        if (strncmp(id, "serial", 6) == 0 && id[6] == (char)('0' + i) && !id[7])
            return &c->serial[i];
    }
    if (strcmp(id, "parallel0") == 0)
        return &c->parallel[0];
    if (strcmp(id, "debugcon") == 0)
        return &c->debugcon;
    return strcmp(id, "none") == 0 ? &nothing : NULL;
}

static const struct nic_config *slots_owner_netdev(void *owner, const char *id)
{
    const struct vm_config *c = ((const struct pc *)owner)->config;
    for (unsigned i = 0; i < c->netdev_count; i++) {
        if (strcmp(id, c->netdevs[i]->id) == 0)
            return &c->netdevs[i]->config;
    }
    return strcmp(id, "nic") == 0 ? &c->nic : NULL;
}

static struct device *slots_owner_find(void *owner, const struct device_class *class,
                                       const char *name)
{
    const struct pc *pc = owner;
    for (unsigned i = 0; i < pc->device_count; i++) {
        struct device *d = pc->device[i];
        const char *id = d->row ? d->row->id : NULL;
        if (d->class == class && d->board &&
            (!name || strcmp(d->name, name) == 0 || (id && strcmp(id, name) == 0)))
            return d;
    }
    return NULL;
}

static void slots_owner_exit(void *owner, u32 value)
{
    const struct pc *pc = owner;
    if (pc->signals.exit.fn)
        pc->signals.exit.fn(pc->signals.exit.opaque, (int)value, 1);
}

void pc_offer_slots(struct pc *pc)
{
    pc->slots = (struct slots){
        .owner = pc,
        .pci = pc->pci,
        .power_off = pc->signals.power_off,
        .irq = slots_owner_irq,
        .dma = slots_owner_dma,
        .dma_spare = slots_owner_dma_spare,
        .midi = &pc->midi,
        .midi_in = &pc->midi_in,
        .sound_in = &pc->sound_in,
        .stream = slots_owner_stream,
        .netdev = slots_owner_netdev,
        .find = slots_owner_find,
        .exit = slots_owner_exit,
    };
    pc->board.slots = &pc->slots;
}
