/*
 * pci.c - PCI bus 0 behind configuration mechanism #1. PCI Local Bus Specification 2.1, chapters
 * 3.2.2 (mechanism #1), 6.1-6.2 (configuration space, base addresses), 2.2.6 (interrupt pins).
 *
 * Not modelled: other buses, mechanism #2, special cycles, parity and system errors, message
 * signalled interrupts, the capability list.
 */
#include "hw/chipset/pci.h"
#include "hw/bus/slots.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFADD = 0xcf8, CONFDATA = 0xcfc };
enum { COMMAND_MASK = 0x0347, STATUS_CLEAR = 0xf9 };

#define CONFADD_ENABLE 0x80000000u
#define PCI_MEMORY_END 0xfec00000u /* APICs and the firmware's ROM follow */

/* ---- windows ---- */

static unsigned bar_register(unsigned i)
{
    return i == PCI_WINDOW_ROM ? PCI_ROM_BAR : PCI_BAR0 + 4 * i;
}

static bool is_ports(const struct pci_window *w)
{
    return w->kind == PCI_PORTS;
}

/* What the registers ask for. */
static bool wanted(const struct pci_function *f, unsigned i, u32 *at)
{
    const struct pci_window *w = &f->window[i];
    u16 enable = is_ports(w) ? PCI_IO_ENABLE : PCI_MEMORY_ENABLE;

    if (w->kind == PCI_NO_WINDOW)
        return false;
    if (i == PCI_WINDOW_OWN)
        return f->own_window && f->own_window(f, at);
    u32 bar = get_le32(f->config + bar_register(i));
    *at = bar & ~(w->size - 1);
    return (pci_command(f) & enable) && (i != PCI_WINDOW_ROM || (bar & 1));
}

/* Memory is mapped by pages: a window that is smaller has the whole one. */
static u32 first_page(const struct pci_window *w)
{
    return w->at & ~PAGE_MASK;
}

static u32 page_bytes(const struct pci_window *w)
{
    return w->size < PAGE_SIZE ? PAGE_SIZE : w->size;
}

/* Nothing else is there? */
static bool place_free(const struct pci *pci, const struct pci_window *w)
{
    const struct board *b = pci->dev.board;
    u64 end = (u64)w->at + w->size;

    if (is_ports(w)) {
        if (end > 0x10000)
            return false;
        for (u32 port = w->at; port < end; port++) {
            if (b->bus->port_map[port])
                return false;
        }
        return true;
    }
    if (w->at < b->phys->ram_size || w->at < 0x100000 || end > PCI_MEMORY_END)
        return false;
    for (u32 at = first_page(w); at < end; at += PAGE_SIZE) {
        if (phys_bus_page(b->phys, at)->kind != PAGE_NONE)
            return false;
    }
    return true;
}

static void unmap(struct pci *pci, struct pci_window *w)
{
    if (is_ports(w))
        bus_release(pci->dev.board->bus, (u16)w->at, w->size);
    else
        phys_unmap(pci->dev.board->phys, first_page(w), page_bytes(w));
    w->mapped = false;
}

static void map(struct pci_function *f, struct pci_window *w)
{
    const struct board *b = f->pci->dev.board;

    if (!place_free(f->pci, w)) {
        if (w->at == ~(w->size - 1)) /* its size is being found out */
            return;
        log_at(b->log, LOG_GUEST, "pci: %s: something else is at %s %08x-%08x", f->name,
               is_ports(w) ? "ports" : "memory", w->at, w->at + w->size - 1);
        return;
    }
    w->mapped = true;
    switch (w->kind) {
    case PCI_PORTS:
        bus_claim(b->bus, (u16)w->at, w->size, w->ports, w->dev, f->name);
        bus_steady(b->bus, (u16)w->at, w->steady);
        bus_curve(b->bus, (u16)w->at, w->curve);
        break;
    case PCI_MMIO:
        phys_map_mmio(b->phys, first_page(w), page_bytes(w), w->mmio, w->dev, f->name);
        break;
    case PCI_RAM:
        phys_map_ram(b->phys, w->at, w->size, w->host);
        break;
    default:
        phys_map_rom(b->phys, w->at, w->size, w->host);
        break;
    }
    if (w->placed)
        w->placed(w->dev);
}

/*
 * Which windows are mapped depends on all of them (they may overlap), so when one moves all are
 * taken away and put back in order: the result does not depend on how it came about.
 */
void pci_update(struct pci *pci)
{
    bool moved = false;

    for (unsigned n = 0; n < 256 * PCI_WINDOWS; n++) {
        const struct pci_function *f = pci->function[n / PCI_WINDOWS];
        if (!f)
            continue;
        const struct pci_window *w = &f->window[n % PCI_WINDOWS];
        u32 at = w->at;
        bool now = wanted(f, n % PCI_WINDOWS, &at);
        moved |= now != w->wanted || (now && at != w->at);
    }
    if (!moved)
        return;
    for (unsigned n = 0; n < 256 * PCI_WINDOWS; n++) {
        struct pci_function *f = pci->function[n / PCI_WINDOWS];
        if (f && f->window[n % PCI_WINDOWS].mapped)
            unmap(pci, &f->window[n % PCI_WINDOWS]);
    }
    for (unsigned n = 0; n < 256 * PCI_WINDOWS; n++) {
        struct pci_function *f = pci->function[n / PCI_WINDOWS];
        if (!f)
            continue;
        struct pci_window *w = &f->window[n % PCI_WINDOWS];
        w->wanted = wanted(f, n % PCI_WINDOWS, &w->at);
        if (w->wanted)
            map(f, w);
        else
            w->at = 0; /* where it was does not linger */
    }
}

void pci_bar(struct pci_function *f, unsigned i, const struct pci_window *w)
{
    unsigned reg = bar_register(i);
    bool ports = is_ports(w);
    u32 mask = ~(w->size - 1);

    assert(i <= PCI_WINDOW_ROM && w->size && !(w->size & (w->size - 1)));
    assert(ports ? w->size >= 4 : w->size >= (w->kind == PCI_MMIO ? 16 : PAGE_SIZE));
    f->window[i] = *w;
    if (i == PCI_WINDOW_ROM)
        mask |= 1; /* its own enable bit */
    put_le32(f->writable + reg, mask);
    put_le32(f->config + reg, i == PCI_WINDOW_ROM ? 0 : ports ? 1 : w->prefetchable ? 8 : 0);
}

/* ---- functions ---- */

void pci_attach(struct pci *pci, struct pci_function *f, u8 devfn)
{
    assert(!pci->function[devfn]);
    f->pci = pci;
    f->devfn = devfn;
    pci->function[devfn] = f;
}

bool pci_plug(struct device *card, struct pci_function *f, const char *addr, struct err *e)
{
    if (f->pci)
        return true;
    struct pci *pci = card->board->slots ? card->board->slots->pci : NULL;
    if (!pci)
        return err_set(e, "%s: there is no PCI bus", card->name);
    unsigned long slot = PCI_FIRST_SLOT;
    if (addr) {
        char *end;
        slot = strtoul(addr, &end, 16);
        if (!isxdigit((unsigned char)*addr) || (*end && strcmp(end, ".0") != 0) ||
            slot >= PCI_SLOTS)
            return err_set(e, "addr=%.40s: say a slot, 3 to 1f (hexadecimal)", addr);
    } else {
        while (slot < PCI_SLOTS && pci->function[PCI_DEVFN(slot, 0)])
            slot++;
        if (slot == PCI_SLOTS)
            return err_set(e, "%s: all PCI slots are taken", card->name);
    }
    const struct pci_function *there = pci->function[PCI_DEVFN(slot, 0)];
    if (there)
        return err_set(e, "addr=%.40s: %s is in that PCI slot", addr, there->name);
    pci_attach(pci, f, PCI_DEVFN(slot, 0));
    return true;
}

void pci_init(struct pci_function *f, const char *name, void *dev, u16 vendor, u16 device,
              u16 class, u8 prog_if, u8 revision)
{
    f->name = name;
    f->dev = dev;
    put_le16(f->config + PCI_VENDOR_ID, vendor);
    put_le16(f->config + PCI_DEVICE_ID, device);
    put_le16(f->config + PCI_CLASS, class);
    f->config[PCI_PROG_IF] = prog_if;
    f->config[PCI_REVISION] = revision;
    put_le16(f->writable + PCI_COMMAND, COMMAND_MASK);
    f->clear[PCI_STATUS + 1] = STATUS_CLEAR;
    f->writable[PCI_INTERRUPT_LINE] = 0xff;
}

/* What software can change goes back to zero; the device then sets its other defaults. */
void pci_function_reset(struct pci_function *f)
{
    for (unsigned i = 0; i < sizeof(f->config); i++)
        f->config[i] &= (u8) ~(f->writable[i] | f->clear[i]);
    pci_set_interrupt(f, false);
    pci_update(f->pci);
}

/* ---- interrupts ---- */

/* Pins are rotated from slot to slot, so that INTA of four neighbours reaches four lines. */
static int pirq_of(const struct pci_function *f)
{
    unsigned pin = f->config[PCI_INTERRUPT_PIN], slot = f->devfn >> 3;
    return pin ? (int)((slot + pin + 2) % PCI_PIRQS) : -1;
}

static void update_pirq(struct pci *pci, int n)
{
    bool level = false;
    for (unsigned i = 0; i < 256; i++) {
        const struct pci_function *f = pci->function[i];
        level |= f && f->interrupt && pirq_of(f) == n;
    }
    irq_set(&pci->pirq[n], level);
}

void pci_set_interrupt(struct pci_function *f, bool level)
{
    int n = pirq_of(f);
    if (f->interrupt == level || n < 0)
        return;
    f->interrupt = level;
    update_pirq(f->pci, n);
}

/* ---- configuration accesses ---- */

u32 pci_config_read(struct pci *pci, u8 devfn, unsigned reg, unsigned size)
{
    const struct pci_function *f = pci->function[devfn];
    u32 v = 0;

    for (unsigned i = 0; i < size; i++)
        v |= (u32)(f ? f->config[(reg + i) & 0xff] : 0xff) << 8 * i;
    return v;
}

void pci_config_write(struct pci *pci, u8 devfn, unsigned reg, u32 value, unsigned size)
{
    struct pci_function *f = pci->function[devfn];

    log_at(pci->dev.board->log, LOG_IO, "pci: %02x.%u %02x <- %0*x %s", devfn >> 3, devfn & 7, reg,
           (int)(2 * size), value, f ? f->name : "(nobody)");
    if (!f)
        return;
    for (unsigned i = 0; i < size; i++) {
        u8 v = (u8)(value >> 8 * i), *at = &f->config[(reg + i) & 0xff];
        u8 mask = f->writable[(reg + i) & 0xff], clear = f->clear[(reg + i) & 0xff];
        *at = (u8)((*at & ~mask & ~(clear & v)) | (v & mask));
    }
    if (f->changed)
        f->changed(f, reg, reg + size - 1);
    pci_update(pci);
}

/* Bus 0 is all there is. */
static bool addressed(const struct pci *pci)
{
    return (pci->address & CONFADD_ENABLE) && !(pci->address >> 16 & 0xff);
}

static u32 pci_in(void *dev, u16 port, unsigned size)
{
    struct pci *pci = dev;

    if (port >= CONFDATA)
        return addressed(pci) ? pci_config_read(pci, (u8)(pci->address >> 8),
                                                (pci->address & 0xfc) | (port & 3), size)
                              : 0xffffffff;
    if (size == 4)
        return pci->address;
    if (!pci->isa || size > pci->isa->widest)
        return 0xffffffff;
    return pci->isa->in(pci->isa_dev, port, size);
}

static void pci_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct pci *pci = dev;

    if (port >= CONFDATA) {
        if (addressed(pci))
            pci_config_write(pci, (u8)(pci->address >> 8), (pci->address & 0xfc) | (port & 3),
                             value, size);
    } else if (size == 4) {
        pci->address = value & 0x80fffffc;
    } else if (pci->isa && size <= pci->isa->widest) {
        pci->isa->out(pci->isa_dev, port, value, size);
    }
}

static const struct port_ops ports = {pci_in, pci_out, 4};

/* ---- state ---- */

/*
 * Bits that software cannot change may still be changed by the function itself, so they are
 * loaded; identity and the layout of the windows must be those of this machine.
 */
static bool same_function(const struct pci_function *f, const u8 config[256])
{
    for (unsigned i = 0; i < 0x40; i++) {
        bool fixed = i < PCI_COMMAND || (i >= PCI_REVISION && i != PCI_INTERRUPT_LINE);
        if (fixed && ((config[i] ^ f->config[i]) & ~f->writable[i]))
            return false;
    }
    return true;
}

void pci_function_state(struct pci_function *f, struct state *s)
{
    u8 config[256];

    memcpy(config, f->config, sizeof(config));
    state_bytes(s, "configuration", config, sizeof(config));
    state_bool(s, "interrupt", &f->interrupt);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (!same_function(f, config)) {
        state_fail(s, "the PCI function %02x.%u is another one than in this machine", f->devfn >> 3,
                   f->devfn & 7);
        return;
    }
    memcpy(f->config, config, sizeof(config));
    if (f->changed)
        f->changed(f, 0, 0xff);
    pci_update(f->pci);
}

static bool pci_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    /* Over what is at CF9h; see struct pci. */
    bus_claim_over(b->bus, CONFADD, 8, &ports, d, d->name);
    return true;
}

static void pci_reset(struct device *d)
{
    ((struct pci *)d)->address = 0;
}

static void pci_state(struct device *d, struct state *s)
{
    struct pci *pci = (struct pci *)d;
    state_u32(s, "address", &pci->address);
}

static void pci_describe(const struct device *d, FILE *out)
{
    const struct pci *pci = (const struct pci *)d;

    for (unsigned i = 0; i < 256; i++) {
        const struct pci_function *f = pci->function[i];
        if (!f)
            continue;
        fprintf(out, "%02x.%u %04x:%04x class %04x command %04x %s\n", i >> 3, i & 7,
                get_le16(f->config), get_le16(f->config + PCI_DEVICE_ID),
                get_le16(f->config + PCI_CLASS), pci_command(f), f->name);
        for (unsigned w = 0; w < PCI_WINDOWS; w++) {
            const struct pci_window *p = &f->window[w];
            if (p->wanted)
                fprintf(out, "     %s %08x-%08x%s\n", is_ports(p) ? "ports " : "memory", p->at,
                        p->at + p->size - 1, p->mapped ? "" : ": taken by something else");
        }
    }
}

const struct device_class pci_class = {
    .name = "pci",
    .doc = "PCI bus and its configuration ports",
    .size = sizeof(struct pci),
    .state_version = 1,
    .realize = pci_realize,
    .reset = pci_reset,
    .state = pci_state,
    .describe = pci_describe,
};
