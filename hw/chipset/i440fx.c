/*
 * i440fx.c - the 82441FX host bridge (PMC). Intel 440FX PCIset data sheet (290549), chapter 3.2.
 *
 * What has an effect is PAM: 13 segments between C0000h and FFFFFh, whose reads and writes go
 * either to DRAM or to the bus, where the ROMs are. After reset everything goes to the bus. The
 * row boundaries tell the size of the memory; the other registers keep what is written.
 *
 * Not modelled: system management memory (the processor has no SMM; SMRAM at 72h keeps its bits,
 * and A0000h-BFFFFh always is the display's), the hole below 16 MB (FDHC), DRAM and bus timing,
 * ECC, error reporting.
 */
#include "hw/chipset/i440fx.h"

#include <stdio.h>
#include <string.h>

enum { PAM = 0x59, DRB = 0x60, SMRAM = 0x72 };
enum { READ_DRAM = 1, WRITE_DRAM = 2, PAM_BITS = 0x33, ROWS = 8 };
enum { D_OPEN = 0x40, D_CLS = 0x20, D_LCK = 0x10, G_SMRAME = 0x08, C_BASE_SEG = 0x02 };
enum { SHADOW = 0xc0000 };

/* Segment 0 is the system BIOS, F0000h; then C0000h to EFFFFh in steps of 16 KB. */
static u32 segment_base(unsigned i)
{
    return i ? SHADOW + (i - 1) * 0x4000 : 0xf0000;
}

static u32 segment_size(unsigned i)
{
    return i ? 0x4000 : 0x10000;
}

/* PAM0 has its segment in the upper half; the others have two each, the lower one first. */
static u8 segment_attributes(const struct i440fx *h, unsigned i)
{
    unsigned half = i + 1;
    return h->pci.config[PAM + half / 2] >> (half % 2 * 4) & (READ_DRAM | WRITE_DRAM);
}

static const struct phys_page *bus_page(const struct i440fx *h, u32 addr)
{
    return &h->bus_side[(addr - SHADOW) >> PAGE_SHIFT];
}

/* ---- read from the bus, write to DRAM: how a BIOS copies itself ---- */

static u32 copying_read(void *dev, u32 addr, unsigned size)
{
    const struct i440fx *h = dev;
    const struct phys_page *page = bus_page(h, addr);
    u32 v = 0;

    for (unsigned i = 0; i < size; i++) {
        u8 byte = page->host ? page->host[(addr + i) & PAGE_MASK] : 0xff;
        v |= (u32)byte << 8 * i;
    }
    return v;
}

static void copying_write(void *dev, u32 addr, u32 value, unsigned size)
{
    struct i440fx *h = dev;
    phys_ram_written(h->dev.board->phys, addr);
    for (unsigned i = 0; i < size; i++)
        h->dev.board->phys->ram[addr + i] = (u8)(value >> 8 * i);
}

static const struct mmio_ops copying = {copying_read, copying_write};

static void map_bus_side(struct i440fx *h, u32 base, u32 size)
{
    struct phys *phys = h->dev.board->phys;

    for (u32 at = base; at < base + size; at += PAGE_SIZE) {
        const struct phys_page *page = bus_page(h, at);
        const struct phys_window *w;
        switch ((enum page_kind)page->kind) {
        case PAGE_ROM:
            phys_map_rom(phys, at, PAGE_SIZE, page->host);
            break;
        case PAGE_RAM: /* of an adapter */
            phys_map_bank(phys, at, PAGE_SIZE, page->host, page->shared);
            break;
        case PAGE_MMIO:
            w = &phys->windows[page->window];
            phys_map_mmio(phys, at, PAGE_SIZE, w->ops, w->dev, w->name);
            break;
        default:
            phys_unmap(phys, at, PAGE_SIZE);
            break;
        }
    }
}

static void map_segment(struct i440fx *h, unsigned i, u8 attributes)
{
    struct phys *phys = h->dev.board->phys;
    u32 base = segment_base(i), size = segment_size(i);

    switch (attributes) {
    case 0:
        map_bus_side(h, base, size);
        break;
    case READ_DRAM:
        phys_map_rom(phys, base, size, phys->ram + base);
        break;
    case WRITE_DRAM:
        phys_map_mmio(phys, base, size, &copying, h, "shadowing");
        break;
    default:
        phys_map_ram(phys, base, size, phys->ram + base);
        break;
    }
    h->applied[i] = attributes;
}

static void apply_pam(struct i440fx *h)
{
    for (unsigned i = 0; h->ready && i < PAM_SEGMENTS; i++) {
        u8 attributes = segment_attributes(h, i);
        if (attributes != h->applied[i])
            map_segment(h, i, attributes);
    }
}

void i440fx_take_roms(struct i440fx *h)
{
    memcpy(h->bus_side, h->dev.board->phys->page + (SHADOW >> PAGE_SHIFT), sizeof(h->bus_side));
    h->ready = true;
}

static unsigned segment_of(u32 addr)
{
    return addr >= 0xf0000 ? 0 : 1 + (addr - SHADOW) / 0x4000;
}

void i440fx_map_adapter(struct i440fx *h, struct phys *phys, u32 base, u32 len, u8 *host,
                        bool shared)
{
    if (h && h->ready) {
        for (u32 i = 0; i < len; i += PAGE_SIZE)
            h->bus_side[(base + i - SHADOW) >> PAGE_SHIFT] =
                (struct phys_page){.host = host ? host + i : NULL,
                                   .shared = host && shared,
                                   .kind = host ? PAGE_RAM : PAGE_NONE};
        if (h->applied[segment_of(base)])
            return;
    }
    if (host)
        phys_map_bank(phys, base, len, host, shared);
    else
        phys_unmap(phys, base, len);
}

/* D_LCK closes the register until the next reset; D_CLS and the lock close the memory. */
static void lock_smram(struct pci_function *f)
{
    u8 *smram = &f->config[SMRAM];
    if (*smram & D_LCK)
        *smram &= (u8)~D_OPEN;
    f->writable[SMRAM] = *smram & D_LCK ? D_CLS : D_OPEN | D_CLS | D_LCK | G_SMRAME;
}

static void on_change(struct pci_function *f, unsigned first, unsigned last)
{
    if (first <= SMRAM && last >= SMRAM)
        lock_smram(f);
    if (first < PAM + 7 && last >= PAM)
        apply_pam(f->dev);
}

/* ---- device ---- */

static bool i440fx_realize(struct device *d, const struct board *b, struct err *e)
{
    static const u8 plain[] = {0x0d, 0x50, 0x51, 0x53, 0x54, 0x55, 0x56, 0x57,
                               0x58, 0x68, 0x70, 0x71, 0x90, 0x91, 0x93};
    struct i440fx *h = (struct i440fx *)d;
    struct pci_function *f = &h->pci;
    u32 units = b->phys->ram_size >> 23;
    (void)e;

    pci_init(f, d->name, h, 0x8086, 0x1237, 0x0600, 0, 0x02);
    /* By this firmware knows that the machine has a fw_cfg interface. */
    put_le16(f->config + PCI_SUBSYSTEM_VENDOR, 0x1af4);
    put_le16(f->config + PCI_SUBSYSTEM, 0x1100);
    /* The bridge always answers memory accesses and always is a master. */
    put_le16(f->config + PCI_COMMAND, PCI_MEMORY_ENABLE | PCI_MASTER_ENABLE);
    put_le16(f->writable + PCI_COMMAND, 0x0140);
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
        f->writable[plain[i]] = 0xff;
    f->writable[PAM] = PAM_BITS & 0xf0;
    for (unsigned i = 1; i < 7; i++)
        f->writable[PAM + i] = PAM_BITS;
    for (u32 i = 0; i < ROWS; i++) { /* in 8 MB, each row's end */
        u32 most = (i + 1) * (256 / ROWS) - (i == ROWS - 1);
        f->config[DRB + i] = (u8)(units < most ? units : most);
    }
    f->config[SMRAM] = C_BASE_SEG;
    f->writable[SMRAM] = D_OPEN | D_CLS | D_LCK | G_SMRAME;
    f->changed = on_change;
    return true;
}

static void i440fx_reset(struct device *d)
{
    struct i440fx *h = (struct i440fx *)d;
    h->pci.writable[SMRAM] = D_OPEN | D_CLS | D_LCK | G_SMRAME;
    pci_function_reset(&h->pci);
    apply_pam(h);
}

static void i440fx_state(struct device *d, struct state *s)
{
    pci_function_state(&((struct i440fx *)d)->pci, s);
}

static void i440fx_describe(const struct device *d, FILE *out)
{
    static const char *const mode[] = {"bus", "DRAM, read-only", "bus, written to DRAM", "DRAM"};
    const struct i440fx *h = (const struct i440fx *)d;

    for (unsigned i = 0; i < PAM_SEGMENTS; i++)
        fprintf(out, "%05x-%05x %s\n", segment_base(i), segment_base(i) + segment_size(i) - 1,
                mode[h->applied[i]]);
}

const struct device_class i440fx_class = {
    .name = "i440fx",
    .doc = "82441FX host bridge",
    .size = sizeof(struct i440fx),
    .state_version = 1,
    .realize = i440fx_realize,
    .reset = i440fx_reset,
    .state = i440fx_state,
    .describe = i440fx_describe,
};
