/*
 * i8259.c - two cascaded 8259A programmable interrupt controllers (Intel 8259A data sheet, 231468)
 * with the edge/level control registers of the PIIX3 (ports 4D0h, 4D1h).
 *
 * All of ICW1-4 and OCW1-3: fully nested and special fully nested mode, automatic EOI, specific
 * and non-specific EOI, both rotations, special mask mode, poll. As the data sheet says, an IR
 * input must stay high until it is acknowledged: a request that is withdrawn is forgotten, and if
 * the processor asks anyhow it gets the spurious IR7.
 *
 * Not modelled: MCS-80/85 mode (CALL instead of a vector; treated as 8086 mode and logged),
 * buffered mode's SP/EN pin. ICW1's LTIM is ignored, as in the PIIX3, in favour of the ELCR.
 */
#include "hw/chipset/i8259.h"
#include <stdio.h>

enum {
    ICW1_IC4 = 0x01,
    ICW1_SNGL = 0x02,
    ICW1_INIT = 0x10,
    ICW4_UPM = 0x01,
    ICW4_AEOI = 0x02,
    ICW4_SFNM = 0x10,
    OCW3_SELECT = 0x08,
    CASCADE_IR = 2,
};

static u8 rotate_right(u8 v, unsigned n)
{
    return (u8)(v >> (n & 7) | v << (-n & 7));
}

/* 0 = highest priority ... 7 = lowest, 8 when the set is empty. */
static unsigned priority_of(const struct i8259_chip *c, u8 set)
{
    if (!set)
        return 8;
    return (unsigned)__builtin_ctz(rotate_right(set, c->lowest + 1u));
}

static unsigned ir_at(const struct i8259_chip *c, unsigned priority)
{
    return (priority + c->lowest + 1) & 7;
}

/* The IR to be delivered next, or -1. */
static int pending(const struct i8259_chip *c)
{
    u8 requests = c->irr & (u8)~c->imr;
    if (!requests)
        return -1;
    u8 service = c->isr;
    if (c->special_mask) {
        /* A level that is masked no longer holds back the ones below it. */
        service &= (u8)~c->imr;
        requests &= (u8)~c->isr;
    }
    /* In special fully nested mode the slave in service does not block a better one of its own. */
    if (c->is_master && (c->icw4 & ICW4_SFNM) && !(c->icw1 & ICW1_SNGL))
        service &= (u8)~c->icw3;
    unsigned best = priority_of(c, requests);
    if (best >= priority_of(c, service))
        return -1;
    return (int)ir_at(c, best);
}

static void set_pin(struct i8259_chip *c, unsigned ir, bool level)
{
    u8 mask = (u8)(1u << ir);
    if (level) {
        c->pins |= mask;
        if ((c->elcr & mask) || !(c->edge_done & mask))
            c->irr |= mask;
    } else {
        c->pins &= (u8)~mask;
        c->edge_done &= (u8)~mask;
        c->irr &= (u8)~mask;
    }
}

/* Recompute the master's INT pin and pass it on. */
static void update_master(struct i8259 *pic)
{
    struct i8259_chip *master = &pic->chip[0];
    bool output = !master->init_step && pending(master) >= 0;
    if (output != master->output) {
        master->output = output;
        irq_set(&pic->intr, output);
    }
}

/* Both pins: after something of the slave may have changed. */
static void update(struct i8259 *pic)
{
    struct i8259_chip *slave = &pic->chip[1];
    slave->output = !slave->init_step && pending(slave) >= 0;
    set_pin(&pic->chip[0], CASCADE_IR, slave->output);
    update_master(pic);
}

void i8259_input(void *opaque, int n, int level)
{
    struct i8259 *pic = opaque;
    if (n < 0 || n > 15 || n == CASCADE_IR)
        return;
    set_pin(&pic->chip[n >> 3], (unsigned)n & 7, level != 0);
    if (n < 8)
        update_master(pic);
    else
        update(pic);
}

static void end_of_interrupt(struct i8259_chip *c, unsigned ir, bool rotate)
{
    c->isr &= (u8) ~(1u << ir);
    if (rotate)
        c->lowest = (u8)ir;
}

/* The chip's half of an INTA sequence: which IR, moved from IRR to ISR. 7 when none is left. */
static unsigned acknowledge(struct i8259_chip *c, bool *spurious)
{
    int ir = pending(c);
    *spurious = ir < 0;
    if (ir < 0)
        return 7;
    u8 mask = (u8)(1u << ir);
    if (!(c->elcr & mask)) {
        c->irr &= (u8)~mask;
        c->edge_done |= mask;
    }
    c->isr |= mask;
    if (c->icw4 & ICW4_AEOI)
        end_of_interrupt(c, (unsigned)ir, c->rotate_on_aeoi);
    return (unsigned)ir;
}

u8 i8259_acknowledge(struct i8259 *pic)
{
    struct i8259_chip *master = &pic->chip[0], *slave = &pic->chip[1];
    bool spurious;
    unsigned ir = acknowledge(master, &spurious);
    u8 vector = (u8)((master->icw2 & 0xf8) | ir);
    if (!spurious && !(master->icw1 & ICW1_SNGL) && bit(master->icw3, ir)) {
        if (ir == CASCADE_IR) {
            unsigned slave_ir = acknowledge(slave, &spurious);
            vector = (u8)((slave->icw2 & 0xf8) | slave_ir);
            /* INTA drops the slave's INT, so that its next request is a new edge. */
            set_pin(master, CASCADE_IR, false);
        } else {
            vector = 0xff; /* a slave is announced where none is soldered */
        }
    }
    if (ir == CASCADE_IR)
        update(pic);
    else
        update_master(pic);
    return vector;
}

static void write_icw1(struct i8259 *pic, struct i8259_chip *c, u8 value)
{
    clock_settle(pic->dev.board->clock);
    c->icw1 = value;
    c->init_step = 2;
    c->imr = 0;
    c->isr = 0;
    /* The edge-sense circuit is reset: an input must fall and rise again. */
    c->irr = c->pins & c->elcr;
    c->edge_done = c->pins & (u8)~c->elcr;
    c->lowest = 7;
    c->special_mask = false;
    c->read_isr = false;
    c->poll = false;
    c->rotate_on_aeoi = false;
    if (!(value & ICW1_IC4))
        c->icw4 = 0;
    if (value & ICW1_SNGL)
        c->icw3 = 0;
    log_at(pic->dev.board->log, LOG_INT, "pic%d: ICW1 %02x", c->is_master ? 0 : 1, value);
}

static void write_ocw2(struct i8259_chip *c, u8 value)
{
    unsigned level = value & 7;
    u8 service = c->isr;
    if (c->special_mask)
        service &= (u8)~c->imr; /* non-specific EOI does not see masked levels */
    unsigned best = priority_of(c, service);
    switch (value >> 5) {
    case 0: /* clear rotate in automatic EOI mode */
        c->rotate_on_aeoi = false;
        break;
    case 4:
        c->rotate_on_aeoi = true;
        break;
    case 1: /* non-specific EOI */
    case 5: /* ... with rotation */
        if (best < 8)
            end_of_interrupt(c, ir_at(c, best), value >> 5 == 5);
        break;
    case 3: /* specific EOI */
    case 7: /* ... with rotation */
        end_of_interrupt(c, level, value >> 5 == 7);
        break;
    case 6: /* set priority */
        c->lowest = (u8)level;
        break;
    case 2: /* no operation */
        break;
    }
}

static void write_ocw3(struct i8259_chip *c, u8 value)
{
    if (value & 0x40)
        c->special_mask = value & 0x20;
    if (value & 0x04)
        c->poll = true;
    else if (value & 0x02)
        c->read_isr = value & 0x01;
}

/* Port with A0 = 1: the rest of the initialisation sequence, or the mask. */
static void write_data(struct i8259 *pic, struct i8259_chip *c, u8 value)
{
    switch (c->init_step) {
    case 0:
        c->imr = value;
        return;
    case 2:
        c->icw2 = value;
        c->init_step = !(c->icw1 & ICW1_SNGL) ? 3 : (c->icw1 & ICW1_IC4) ? 4 : 0;
        return;
    case 3:
        c->icw3 = value;
        c->init_step = c->icw1 & ICW1_IC4 ? 4 : 0;
        return;
    default:
        c->icw4 = value;
        c->init_step = 0;
        if (!(value & ICW4_UPM))
            log_at(pic->dev.board->log, LOG_GUEST, "pic: MCS-80 mode is not there, using 8086");
        return;
    }
}

static void pic_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct i8259 *pic = dev;
    struct i8259_chip *c = &pic->chip[(port & 0x80) != 0];
    u8 v = (u8)value;
    if (port & 1)
        write_data(pic, c, v);
    else if (v & ICW1_INIT)
        write_icw1(pic, c, v);
    else if (v & OCW3_SELECT)
        write_ocw3(c, v);
    else
        write_ocw2(c, v);
    if (c->is_master)
        update_master(pic);
    else
        update(pic);
}

static u32 pic_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct i8259 *pic = dev;
    struct i8259_chip *c = &pic->chip[(port & 0x80) != 0];
    if (c->poll) {
        /* The read is the acknowledge; nothing is fetched from a slave. */
        c->poll = false;
        bool spurious;
        unsigned ir = acknowledge(c, &spurious);
        if (!spurious && !c->is_master)
            set_pin(&pic->chip[0], CASCADE_IR, false);
        update(pic);
        return spurious ? 0x07 : 0x80 | ir;
    }
    if (port & 1)
        return c->imr;
    return c->read_isr ? c->isr : c->irr;
}

static void elcr_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct i8259 *pic = dev;
    struct i8259_chip *c = &pic->chip[port & 1];
    clock_settle(pic->dev.board->clock);
    c->elcr = (u8)value & c->elcr_valid;
    /* A level input follows its pin; an edge input that is high counts as seen. */
    c->irr = (c->irr & (u8)~c->elcr) | (c->pins & c->elcr);
    c->edge_done &= (u8)~c->elcr;
    update(pic);
}

static u32 elcr_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct i8259 *pic = dev;
    return pic->chip[port & 1].elcr;
}

/* OCW3 says which register is read; a mask that is there already may be written again. */
static bool pic_chooses(const void *dev, u16 port, u8 value)
{
    const struct i8259 *pic = dev;
    const struct i8259_chip *c = &pic->chip[(port & 0x80) != 0];
    if (port & 1)
        return !c->init_step && c->imr == value;
    return (value & (ICW1_INIT | OCW3_SELECT | 0x44)) == OCW3_SELECT && !c->poll;
}

static u64 pic_chosen(const void *dev)
{
    const struct i8259 *pic = dev;
    return (u64)pic->chip[0].read_isr | (u64)pic->chip[1].read_isr << 1;
}

/* Interrupts come by events, and are taken by the processor. */
static u64 pic_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct i8259 *pic = dev;
    (void)others;
    return pic->chip[(port & 0x80) != 0].poll ? 0 : BUS_STEADY_TILL_TOLD;
}

static const struct port_choice pic_choice = {pic_chooses, pic_chosen};

static const struct port_ops pic_ports = {pic_in, pic_out, 1};
static const struct port_ops elcr_ports = {elcr_in, elcr_out, 1};

static bool i8259_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct i8259 *pic = (struct i8259 *)d;
    pic->chip[0].is_master = true;
    pic->chip[0].elcr_valid = 0xf8; /* timer, keyboard, cascade are always edges */
    pic->chip[1].elcr_valid = 0xde; /* as are the RTC and the coprocessor */
    bus_claim(b->bus, 0x20, 2, &pic_ports, pic, d->name);
    bus_claim(b->bus, 0xa0, 2, &pic_ports, pic, d->name);
    for (u16 first = 0x20; first <= 0xa0; first += 0x80) {
        bus_steady(b->bus, first, pic_steady);
        bus_choice(b->bus, first, &pic_choice);
    }
    bus_claim(b->bus, 0x4d0, 2, &elcr_ports, pic, d->name);
    return true;
}

static void i8259_reset(struct device *d)
{
    struct i8259 *pic = (struct i8259 *)d;
    for (int i = 0; i < 2; i++) {
        struct i8259_chip *c = &pic->chip[i];
        /* The 8259A has no reset pin; masked and quiet is how a board must find it. */
        *c = (struct i8259_chip){.pins = c->pins,
                                 .edge_done = c->pins,
                                 .elcr_valid = c->elcr_valid,
                                 .is_master = c->is_master,
                                 .output = c->output,
                                 .icw3 = i == 0 ? 1 << CASCADE_IR : CASCADE_IR,
                                 .icw4 = ICW4_UPM,
                                 .imr = 0xff,
                                 .lowest = 7};
    }
    update(pic);
}

static void chip_state(struct i8259_chip *c, struct state *s)
{
    state_u8(s, "irr", &c->irr);
    state_u8(s, "isr", &c->isr);
    state_u8(s, "imr", &c->imr);
    state_u8(s, "pins", &c->pins);
    state_u8(s, "edge_done", &c->edge_done);
    state_u8(s, "elcr", &c->elcr);
    state_u8(s, "icw1", &c->icw1);
    state_u8(s, "icw2", &c->icw2);
    state_u8(s, "icw3", &c->icw3);
    state_u8(s, "icw4", &c->icw4);
    state_u8(s, "init_step", &c->init_step);
    state_u8(s, "lowest", &c->lowest);
    state_bool(s, "read_isr", &c->read_isr);
    state_bool(s, "poll", &c->poll);
    state_bool(s, "special_mask", &c->special_mask);
    state_bool(s, "rotate_on_aeoi", &c->rotate_on_aeoi);
    state_bool(s, "output", &c->output);
    if (state_loading(s)) {
        c->lowest &= 7;
        if (c->init_step == 1 || c->init_step > 4)
            state_fail(s, "8259A: initialisation step %u does not exist", c->init_step);
    }
}

static void i8259_state(struct device *d, struct state *s)
{
    struct i8259 *pic = (struct i8259 *)d;
    chip_state(&pic->chip[0], s);
    chip_state(&pic->chip[1], s);
    if (state_loading(s) && state_ok(s))
        irq_set(&pic->intr, pic->chip[0].output);
}

static void i8259_describe(const struct device *d, FILE *out)
{
    const struct i8259 *pic = (const struct i8259 *)d;
    for (int i = 0; i < 2; i++) {
        const struct i8259_chip *c = &pic->chip[i];
        fprintf(out,
                "%s: vectors %02x-%02x, IRR %02x IMR %02x ISR %02x, lines %02x, level %02x, "
                "lowest IR%u%s%s%s%s\n",
                c->is_master ? "master" : "slave ", c->icw2 & 0xf8, c->icw2 | 7, c->irr, c->imr,
                c->isr, c->pins, c->elcr, c->lowest, c->icw4 & ICW4_AEOI ? ", AEOI" : "",
                c->icw4 & ICW4_SFNM ? ", SFNM" : "", c->special_mask ? ", special mask" : "",
                c->init_step ? ", initialising" : "");
    }
}

const struct device_class i8259_class = {
    .name = "pic",
    .doc = "two 8259A interrupt controllers with ELCR",
    .size = sizeof(struct i8259),
    .state_version = 1,
    .realize = i8259_realize,
    .reset = i8259_reset,
    .state = i8259_state,
    .describe = i8259_describe,
};
