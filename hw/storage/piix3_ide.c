/*
 * piix3_ide.c - the IDE interface of the 82371SB (PIIX3): bus masters that move data between the
 * drives and memory by tables of regions. Intel 82371SB data sheet (290550), chapter 2.4
 * (configuration), 2.7 (bus master registers); SFF-8038i 1.0 (descriptors).
 *
 * Task file, drives and their interrupts are hw/storage/ide.c's. A table cannot lead anywhere
 * harmful: each descriptor moves at least two bytes of a transfer that the drive limits, the table
 * wraps within 64 KB, and memory that is not there takes nothing and gives ones.
 *
 * The channels decode their ports whatever IDETIM says, which comes out of a reset with the
 * enable bits set, as firmware that does not know PCI would need it. Timings are not modelled.
 */
#include "hw/storage/piix3_ide.h"

#include <stdio.h>
#include <string.h>

enum { IDETIM = 0x40, SIDETIM = 0x44, IDE_DECODE = 0x8000 };
enum { BMICOM = 0, BMISTA = 2, BMIDTP = 4, CHANNEL_PORTS = 8 };
enum { START = 0x01, TO_MEMORY = 0x08 };
enum { ACTIVE = 0x01, ERROR = 0x02, INTERRUPT = 0x04, DRIVES = 0x60 };
enum { DESCRIPTOR = 8, REGION_MAX = 0x10000 };

#define END_OF_TABLE 0x80000000u

static void fetch_descriptor(struct piix3_ide *p, struct bus_master *m)
{
    u8 d[DESCRIPTOR];
    phys_read(p->dev.board->phys, m->next, d, sizeof(d));
    m->next = (m->next & ~0xffffu) | ((m->next + DESCRIPTOR) & 0xffff);
    m->address = get_le32(d) & ~1u;
    m->left = get_le32(d + 4) & 0xfffe;
    m->left = m->left ? m->left : REGION_MAX;
    m->last = get_le32(d + 4) & END_OF_TABLE;
}

static bool may_move(struct piix3_ide *p, const struct bus_master *m, bool to_memory)
{
    if (!(m->status & ACTIVE))
        return false;
    if (!(m->command & TO_MEMORY) != !to_memory) {
        log_at(p->dev.board->log, LOG_GUEST, "piix3-ide: bus master set up for %s memory",
               to_memory ? "reading" : "writing");
        return false;
    }
    return pci_command(&p->pci) & PCI_MASTER_ENABLE;
}

u32 piix3_ide_transfer(void *piix3_ide, unsigned channel, u8 *data, u32 len, bool to_memory)
{
    struct piix3_ide *p = piix3_ide;
    struct bus_master *m = &p->master[channel];
    struct phys *phys = p->dev.board->phys;
    u32 done = 0;

    if (!may_move(p, m, to_memory))
        return 0;
    while (done < len && (m->left || !m->last)) {
        if (!m->left)
            fetch_descriptor(p, m);
        u32 n = len - done < m->left ? len - done : m->left;
        if (to_memory)
            phys_write(phys, m->address, data + done, n);
        else
            phys_read(phys, m->address, data + done, n);
        m->address += n;
        m->left -= n;
        done += n;
    }
    if (!m->left && m->last)
        m->status &= (u8)~ACTIVE;
    if (done < len)
        log_at(p->dev.board->log, LOG_GUEST,
               "piix3-ide: channel %u: the table at %08x ends before the data", channel, m->table);
    return done;
}

void piix3_ide_intrq(void *piix3_ide, int channel, int level)
{
    struct piix3_ide *p = piix3_ide;
    struct bus_master *m = &p->master[channel];
    if (level && !m->line)
        m->status |= INTERRUPT;
    m->line = level;
    irq_set(&p->irq[channel], level);
}

/* ---- registers ---- */

static void write_command(struct piix3_ide *p, unsigned channel, u8 value)
{
    struct bus_master *m = &p->master[channel];
    bool was = m->command & START;

    m->command = value & (START | TO_MEMORY);
    if (!(value & START)) {
        m->status &= (u8)~ACTIVE;
    } else if (!was) {
        m->next = m->table;
        m->left = 0;
        m->last = false;
        m->status |= ACTIVE;
        ide_dma_go(p->ide, channel);
    }
}

static u32 master_in(void *dev, u16 port, unsigned size)
{
    const struct piix3_ide *p = dev;
    const struct bus_master *m = &p->master[port / CHANNEL_PORTS & 1];
    unsigned reg = port % CHANNEL_PORTS;
    (void)size;
    if (reg >= BMIDTP)
        return m->table >> 8 * (reg - BMIDTP) & 0xff;
    return reg == BMICOM ? m->command : reg == BMISTA ? m->status : 0;
}

static void master_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct piix3_ide *p = dev;
    unsigned channel = port / CHANNEL_PORTS & 1, reg = port % CHANNEL_PORTS;
    struct bus_master *m = &p->master[channel];
    (void)size;
    if (reg == BMICOM) {
        write_command(p, channel, (u8)value);
    } else if (reg == BMISTA) {
        u8 kept = m->status & (ACTIVE | ((ERROR | INTERRUPT) & (u8)~value));
        m->status = kept | (value & DRIVES);
    } else if (reg >= BMIDTP) {
        unsigned shift = 8 * (reg - BMIDTP);
        m->table = ((m->table & ~(0xffu << shift)) | value << shift) & ~3u;
    }
}

static const struct port_ops master_ports = {master_in, master_out, 1};

/* ---- device ---- */

static bool ide_function_realize(struct device *d, const struct board *b, struct err *e)
{
    struct piix3_ide *p = (struct piix3_ide *)d;
    struct pci_function *f = &p->pci;
    (void)b, (void)e;

    pci_init(f, d->name, p, 0x8086, 0x7010, 0x0101, 0x80, 0x00);
    put_le16(f->config + PCI_STATUS, 0x0280);
    put_le16(f->writable + PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE);
    f->writable[PCI_INTERRUPT_LINE] = 0; /* always IRQ 14 and 15 */
    for (unsigned i = IDETIM; i <= SIDETIM; i++)
        f->writable[i] = 0xff;
    struct pci_window w = {.kind = PCI_PORTS,
                           .size = 2 * CHANNEL_PORTS,
                           .ports = &master_ports,
                           .steady = bus_steady_till_told, /* transfers go on by events */
                           .dev = p};
    pci_bar(f, 4, &w);
    return true;
}

static void ide_function_reset(struct device *d)
{
    struct piix3_ide *p = (struct piix3_ide *)d;

    pci_function_reset(&p->pci);
    put_le16(p->pci.config + IDETIM, IDE_DECODE);
    put_le16(p->pci.config + IDETIM + 2, IDE_DECODE);
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        bool line = p->master[i].line;
        p->master[i] = (struct bus_master){.line = line};
    }
}

static void ide_function_state(struct device *d, struct state *s)
{
    struct piix3_ide *p = (struct piix3_ide *)d;

    pci_function_state(&p->pci, s);
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct bus_master *m = &p->master[i];
        state_u8(s, "command", &m->command);
        state_u8(s, "status", &m->status);
        state_u32(s, "table", &m->table);
        state_u32(s, "next", &m->next);
        state_u32(s, "address", &m->address);
        state_u32(s, "left", &m->left);
        state_bool(s, "last", &m->last);
        state_bool(s, "line", &m->line);
        if (state_loading(s) && state_ok(s) && m->left > REGION_MAX)
            state_fail(s, "a bus master region of %u bytes", m->left);
    }
}

static void ide_function_describe(const struct device *d, FILE *out)
{
    const struct piix3_ide *p = (const struct piix3_ide *)d;
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        const struct bus_master *m = &p->master[i];
        fprintf(out, "channel %u: command %02x status %02x table %08x; %u bytes left at %08x\n", i,
                m->command, m->status, m->table, m->left, m->address);
    }
}

const struct device_class piix3_ide_class = {
    .name = "piix3-ide",
    .doc = "82371SB IDE bus masters",
    .size = sizeof(struct piix3_ide),
    .state_version = 1,
    .realize = ide_function_realize,
    .reset = ide_function_reset,
    .state = ide_function_state,
    .describe = ide_function_describe,
};
