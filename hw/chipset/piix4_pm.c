/*
 * piix4_pm.c - power management of the PIIX4. Intel 82371AB data sheet (290562), chapter 7.1
 * (configuration), 7.2 (I/O registers); ACPI specification 1.0, chapter 4.7.3 (fixed hardware).
 *
 * The ACPI timer counts 3.579545 MHz of virtual time, 24 bits wide; TMROF_STS comes when bit 23
 * changes. SLP_EN with SLP_TYP 0 (soft off) switches the machine off. The APM control port
 * answers two commands as a BIOS in system management mode would: F1h hands the events over to
 * an ACPI system (SCI_EN), F0h takes them back; the ACPI tables of SeaBIOS and of our BIOS name
 * these values. SeaBIOS' tables also name ports AFE0h (general-purpose events), AE00h (PCI
 * hot-plug) and AF00h (processors present): events that never come, no slot to eject, one
 * processor.
 *
 * Not modelled: SMI, device monitors and timers, clock control (reading PLVL2 does not stop the
 * clock), suspend (S1-S4), SMBus (its enable bit cannot be set).
 */
#include "hw/chipset/piix4_pm.h"

#include <stdio.h>
#include <string.h>

enum { PMBASE = 0x40, DEVACTB = 0x58, PMREGMISC = 0x80, PMIOSE = 0x01 };
enum { PM_PORTS = 64, GPE_PORT = 0xafe0, HOTPLUG_PORT = 0xae00, CPUS_PORT = 0xaf00 };
enum { APMC = 0xb2, ACPI_ON = 0xf1, ACPI_OFF = 0xf0 };
enum { PMSTS = 0x00, PMEN = 0x02, PMCNTRL = 0x04, PMTMR = 0x08, GPSTS = 0x0c, GPEN = 0x0e };
enum { TMROF = 0x0001, GBL = 0x0020, PWRBTN = 0x0100, RTC = 0x0400 };
enum { SCI_EN = 0x0001, SLP_EN = 0x2000, SLP_TYP_SHIFT = 10 };

#define TIMER_HZ 3579545u
#define TIMER_MASK 0xffffffu /* it has 24 bits */
#define TIMER_HALF 0x800000u /* ticks from one change of bit 23 to the next */

__extension__ typedef unsigned __int128 u128;

static u64 ticks_at(u64 ns)
{
    return (u64)((u128)ns * TIMER_HZ / NS_PER_SEC);
}

/* The first nanosecond of a tick. */
static u64 time_of(u64 tick)
{
    return (u64)(((u128)tick * NS_PER_SEC + TIMER_HZ - 1) / TIMER_HZ);
}

static u64 now(const struct piix4_pm *p)
{
    return clock_now(p->dev.board->clock);
}

static void note_overflow(struct piix4_pm *p)
{
    if (ticks_at(now(p)) >= p->overflow)
        p->pm1_status |= TMROF;
}

/* The interrupt line and the timer that may raise it, after any change. */
static void update(struct piix4_pm *p)
{
    note_overflow(p);
    irq_set(&p->sci, (p->pm1_control & SCI_EN) &&
                         (p->pm1_status & p->pm1_enable & (TMROF | GBL | PWRBTN | RTC)));
    if ((p->pm1_enable & TMROF) && !(p->pm1_status & TMROF))
        timer_arm(&p->timer, time_of(p->overflow));
    else
        timer_disarm(&p->timer);
}

static void on_timer(void *opaque)
{
    update(opaque);
}

void piix4_pm_button(struct piix4_pm *p)
{
    p->pm1_status |= PWRBTN;
    update(p);
}

static void clear_status(struct piix4_pm *p, u16 bits)
{
    note_overflow(p);
    p->pm1_status &= (u16)~bits;
    if (bits & TMROF)
        p->overflow = (ticks_at(now(p)) / TIMER_HALF + 1) * TIMER_HALF;
}

static void write_control(struct piix4_pm *p, u16 value)
{
    p->pm1_control = value & (SCI_EN | 7 << SLP_TYP_SHIFT | 2); /* SLP_EN reads as zero */
    if (!(value & SLP_EN))
        return;
    unsigned type = value >> SLP_TYP_SHIFT & 7;
    if (type == 0)
        irq_pulse(&p->power_off);
    else
        log_at(p->dev.board->log, LOG_GUEST, "piix4-pm: suspend type %u does not exist here", type);
}

/* ---- the block at PMBASE ---- */

static u32 read_word(struct piix4_pm *p, unsigned reg)
{
    switch (reg) {
    case PMSTS:
        note_overflow(p);
        return p->pm1_status;
    case PMEN:
        return p->pm1_enable;
    case PMCNTRL:
        return p->pm1_control;
    case PMTMR:
        return (u32)ticks_at(now(p)) & 0xffff;
    case PMTMR + 2:
        return (u32)(ticks_at(now(p)) >> 16) & 0xff;
    case GPSTS:
        return p->gp_status;
    case GPEN:
        return p->gp_enable;
    default:
        if (reg >= 0x10 && reg < 0x34 && (reg & ~3u) != 0x14) /* PLVL2, PLVL3 read as zero */
            return p->global[(reg - 0x10) / 4] >> (reg & 2) * 8 & 0xffff;
        return 0;
    }
}

static void write_word(struct piix4_pm *p, unsigned reg, u16 value)
{
    switch (reg) {
    case PMSTS:
        clear_status(p, value);
        break;
    case PMEN:
        p->pm1_enable = value & (TMROF | GBL | PWRBTN | RTC);
        break;
    case PMCNTRL:
        write_control(p, value);
        break;
    case GPSTS:
        p->gp_status &= (u16)~value;
        break;
    case GPEN:
        p->gp_enable = value;
        break;
    default:
        if (reg >= 0x10 && reg < 0x34) {
            u32 *at = &p->global[(reg - 0x10) / 4], shift = (reg & 2) * 8;
            *at = (*at & ~(0xffffu << shift)) | (u32)value << shift;
        }
        break;
    }
    update(p);
}

static u32 pm_in(void *dev, u16 port, unsigned size)
{
    struct piix4_pm *p = dev;
    unsigned reg = port & (PM_PORTS - 1);

    if (size == 4 && reg == PMTMR) /* in one piece, or it could change in between */
        return (u32)ticks_at(now(p)) & TIMER_MASK;
    u32 v = read_word(p, reg & ~1u) >> (reg & 1) * 8;
    return size == 4 ? v | read_word(p, reg + 2) << 16 : v;
}

static void pm_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct piix4_pm *p = dev;
    unsigned reg = port & (PM_PORTS - 1);

    if (size == 1) {
        /* The other half stays; of registers that clear by ones, nothing there is cleared. */
        unsigned shift = (reg & 1) * 8, word = reg & ~1u;
        u32 keep = word == PMSTS || word == GPSTS ? 0 : read_word(p, word) & (0xff00u >> shift);
        write_word(p, word, (u16)(keep | (value & 0xff) << shift));
        return;
    }
    write_word(p, reg, (u16)value);
    if (size == 4)
        write_word(p, reg + 2, (u16)(value >> 16));
}

/* All but the timer stays until somebody is told, or the timer's top bit has changed. */
static u64 pm_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct piix4_pm *p = dev;
    unsigned reg = port & (PM_PORTS - 1);
    (void)others;
    if (reg >= PMTMR && reg < PMTMR + 4)
        return 0;
    if (reg > PMSTS + 1 || (p->pm1_status & TMROF))
        return BUS_STEADY_TILL_TOLD;
    return ticks_at(now(p)) < p->overflow ? time_of(p->overflow) : 0;
}

/* The timer counts up; any part of it in any size. */
static bool pm_curve(void *dev, u16 port, unsigned size, struct curve *curve)
{
    const struct piix4_pm *p = dev;
    unsigned reg = port & (PM_PORTS - 1);
    if (reg < PMTMR || reg >= PMTMR + 4)
        return false;
    u32 value = (u32)ticks_at(now(p)) & TIMER_MASK;
    *curve = (struct curve){.at = now(p),
                            .hz = TIMER_HZ,
                            .value = value,
                            .step = 1,
                            .left = TIMER_MASK - value,
                            .shift = (u8)(8 * (reg - PMTMR)),
                            .bits = (u8)(8 * size)};
    return true;
}

static const struct port_ops pm_ports = {pm_in, pm_out, 4};

/* ---- fixed ports ---- */

static u32 fixed_in(void *dev, u16 port, unsigned size)
{
    const struct piix4_pm *p = dev;
    (void)size;
    if (port == APMC)
        return p->apmc;
    if (port == APMC + 1)
        return p->apms;
    if (port >= GPE_PORT)
        return p->gpe[port - GPE_PORT];
    return port == CPUS_PORT;
}

static void fixed_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct piix4_pm *p = dev;
    (void)size;
    if (port == APMC) {
        p->apmc = (u8)value;
        if (value == ACPI_ON)
            p->pm1_control |= SCI_EN;
        else if (value == ACPI_OFF)
            p->pm1_control &= (u16)~SCI_EN;
        update(p);
    } else if (port == APMC + 1) {
        p->apms = (u8)value;
    } else if (port >= GPE_PORT + 2) {
        p->gpe[port - GPE_PORT] = (u8)value;
    } else if (port >= GPE_PORT) {
        p->gpe[port - GPE_PORT] &= (u8)~value;
    }
}

static const struct port_ops fixed_ports = {fixed_in, fixed_out, 1};

/* ---- device ---- */

static bool own_window(const struct pci_function *f, u32 *at)
{
    *at = get_le16(f->config + PMBASE) & ~(PM_PORTS - 1u);
    return f->config[PMREGMISC] & PMIOSE;
}

static bool pm_realize(struct device *d, const struct board *b, struct err *e)
{
    static const u8 plain[] = {0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4c, 0x4d, 0x4e,
                               0x4f, 0x50, 0x51, 0x52, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
                               0x5a, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63, 0x64,
                               0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6c, 0x6d, 0x6e, 0x6f,
                               0x70, 0x71, 0x72, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a};
    struct piix4_pm *p = (struct piix4_pm *)d;
    struct pci_function *f = &p->pci;
    (void)e;

    pci_init(f, d->name, p, 0x8086, 0x7113, 0x0680, 0, 0x03);
    put_le16(f->config + PCI_STATUS, 0x0280);
    put_le16(f->writable + PCI_COMMAND, PCI_IO_ENABLE);
    put_le32(f->config + PMBASE, 1);
    put_le16(f->writable + PMBASE, (u16) ~(PM_PORTS - 1));
    f->writable[PMREGMISC] = PMIOSE;
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
        f->writable[plain[i]] = 0xff;
    /* APMC_EN stands already: firmware takes system management mode for set up and leaves it. */
    f->config[DEVACTB + 3] = 0x02;
    f->window[PCI_WINDOW_OWN] = (struct pci_window){.kind = PCI_PORTS,
                                                    .size = PM_PORTS,
                                                    .ports = &pm_ports,
                                                    .steady = pm_steady,
                                                    .curve = pm_curve,
                                                    .dev = p};
    f->own_window = own_window;
    bus_claim(b->bus, APMC, 2, &fixed_ports, p, d->name);
    bus_claim(b->bus, HOTPLUG_PORT, 16, &fixed_ports, p, d->name);
    bus_claim(b->bus, CPUS_PORT, 32, &fixed_ports, p, d->name);
    bus_claim(b->bus, GPE_PORT, 4, &fixed_ports, p, d->name);
    timer_init(&p->timer, b->clock, on_timer, p);
    return true;
}

static void pm_reset(struct device *d)
{
    struct piix4_pm *p = (struct piix4_pm *)d;

    pci_function_reset(&p->pci);
    p->pm1_status = p->pm1_enable = p->pm1_control = 0;
    p->gp_status = p->gp_enable = 0;
    p->apmc = p->apms = 0;
    memset(p->global, 0, sizeof(p->global));
    memset(p->gpe, 0, sizeof(p->gpe));
    clear_status(p, TMROF);
    update(p);
}

static void pm_state(struct device *d, struct state *s)
{
    struct piix4_pm *p = (struct piix4_pm *)d;

    pci_function_state(&p->pci, s);
    state_u16(s, "PMSTS", &p->pm1_status);
    state_u16(s, "PMEN", &p->pm1_enable);
    state_u16(s, "PMCNTRL", &p->pm1_control);
    state_u64(s, "overflow", &p->overflow);
    state_u16(s, "GPSTS", &p->gp_status);
    state_u16(s, "GPEN", &p->gp_enable);
    state_u32s(s, "global", p->global, ARRAY_SIZE(p->global));
    state_bytes(s, "GPE", p->gpe, sizeof(p->gpe));
    state_u8(s, "APMC", &p->apmc);
    state_u8(s, "APMS", &p->apms);
    timer_state(&p->timer, s, "timer");
    if (state_loading(s) && state_ok(s) && p->overflow > ticks_at(now(p)) + TIMER_HALF)
        state_fail(s, "the ACPI timer overflows in an impossible future");
}

static void pm_destroy(struct device *d)
{
    timer_disarm(&((struct piix4_pm *)d)->timer);
}

static void pm_describe(const struct device *d, FILE *out)
{
    const struct piix4_pm *p = (const struct piix4_pm *)d;
    fprintf(out, "PMSTS %04x PMEN %04x PMCNTRL %04x timer %06x\n", p->pm1_status, p->pm1_enable,
            p->pm1_control, (u32)ticks_at(now(p)) & 0xffffff);
}

const struct device_class piix4_pm_class = {
    .name = "piix4-pm",
    .doc = "PIIX4 power management with the ACPI timer",
    .size = sizeof(struct piix4_pm),
    .state_version = 1,
    .realize = pm_realize,
    .reset = pm_reset,
    .state = pm_state,
    .destroy = pm_destroy,
    .describe = pm_describe,
};
