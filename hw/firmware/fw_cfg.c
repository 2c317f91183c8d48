/*
 * fw_cfg.c - firmware configuration: selector port 510h, data port 511h, DMA at 514h. Published
 * interface of QEMU ("QEMU Firmware Configuration (fw_cfg) Device"), which SeaBIOS, Linux and test
 * kernels use.
 *
 * A DMA command is carried out at once, within the write of its address. No item can be written:
 * such a command gets its error bit.
 */
#include "hw/firmware/fw_cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SELECTOR = 0x510, DATA = 0x511, DMA_HIGH = 0x514, DMA_LOW = 0x518, DIR_ENTRY = 64 };
enum { ID_TRADITIONAL = 1, ID_DMA = 2 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };

/* Both halves of the address register read as this; guests look for it. */
#define DMA_SIGNATURE "QEMU CFG"

static struct fw_cfg_item *find(struct fw_cfg *f, u16 key)
{
    for (unsigned i = 0; i < f->items; i++)
        if (f->item[i].key == key)
            return &f->item[i];
    return NULL;
}

bool fw_cfg_add(struct fw_cfg *f, u16 key, const void *bytes, u32 length)
{
    struct fw_cfg_item *it = find(f, key);
    u8 *copy = malloc(length ? length : 1);

    if (!copy || (!it && f->items == FW_CFG_ITEMS)) {
        free(copy);
        return false;
    }
    if (!it) {
        it = &f->item[f->items++];
        it->key = key;
    }
    free(it->bytes);
    memcpy(copy, bytes, length);
    it->bytes = copy;
    it->length = length;
    return true;
}

bool fw_cfg_add_number(struct fw_cfg *f, u16 key, u64 value, u32 length)
{
    u8 bytes[8];
    put_le64(bytes, value);
    return fw_cfg_add(f, key, bytes, length);
}

/* The directory: count, then size, key, name of each file; numbers big-endian. */
static bool rebuild_directory(struct fw_cfg *f)
{
    u8 dir[4 + FW_CFG_ITEMS * DIR_ENTRY] = {0};
    u32 count = 0;

    for (unsigned i = 0; i < f->items; i++) {
        const struct fw_cfg_item *it = &f->item[i];
        u8 *e = dir + 4 + count * DIR_ENTRY;
        if (!it->name[0])
            continue;
        for (unsigned k = 0; k < 4; k++)
            e[k] = (u8)(it->length >> (24 - 8 * k));
        e[4] = (u8)(it->key >> 8);
        e[5] = (u8)it->key;
        memcpy(e + 8, it->name, sizeof(it->name));
        count++;
    }
    for (unsigned k = 0; k < 4; k++)
        dir[k] = (u8)(count >> (24 - 8 * k));
    return fw_cfg_add(f, FW_CFG_FILE_DIR, dir, 4 + count * DIR_ENTRY);
}

bool fw_cfg_add_file(struct fw_cfg *f, const char *name, const void *bytes, u32 length)
{
    u16 key = FW_CFG_FILE_FIRST;
    while (find(f, key))
        key++;
    if (strlen(name) >= sizeof(f->item[0].name) || !fw_cfg_add(f, key, bytes, length))
        return false;
    snprintf(find(f, key)->name, sizeof(f->item[0].name), "%s", name);
    return rebuild_directory(f);
}

static void select_item(struct fw_cfg *f, u16 key)
{
    f->selected = key & 0xbfff; /* bit 14: write, bit 15: of the architecture */
    f->offset = 0;
}

static u32 fw_cfg_in(void *dev, u16 port, unsigned size)
{
    struct fw_cfg *f = dev;
    (void)size;
    if (port == SELECTOR)
        return 0xff;
    const struct fw_cfg_item *it = find(f, f->selected);
    /* Beyond the end, and for items that do not exist, zeros. */
    if (!it || f->offset >= it->length)
        return 0;
    return it->bytes[f->offset++];
}

/* The selector is one 16-bit port at an even address; a byte selects with a zero upper half. */
static void fw_cfg_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct fw_cfg *f = dev;
    (void)size;
    if (port != SELECTOR)
        return;
    select_item(f, (u16)value);
}

static const struct port_ops ports = {fw_cfg_in, fw_cfg_out, 2};

/* ---- DMA: a command of 16 bytes in memory, all numbers big-endian ---- */

static u32 get_be32(const u8 *p)
{
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* The end of an item is followed by zeros without end: as far as there is memory to take them. */
static void fill_with_zeros(struct phys *phys, u32 addr, u64 len)
{
    static const u8 zeros[PAGE_SIZE];
    while (len) {
        u32 room = PAGE_SIZE - (addr & PAGE_MASK), n = len < room ? (u32)len : room;
        if (phys->page[addr >> PAGE_SHIFT].kind == PAGE_RAM)
            phys_write(phys, addr, zeros, n);
        addr += n;
        len -= n;
    }
}

static u32 dma_command(struct fw_cfg *f, u32 control, u32 len, u64 to)
{
    struct phys *phys = f->dev.board->phys;

    if (control & DMA_SELECT)
        select_item(f, (u16)(control >> 16));
    const struct fw_cfg_item *it = find(f, f->selected);
    u32 left = it && f->offset < it->length ? it->length - f->offset : 0;
    u32 n = len < left ? len : left;
    if (control & DMA_READ) {
        if (to > 1ull << 32 || len > (1ull << 32) - to) {
            log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: DMA of %u bytes to %llx", len,
                   (unsigned long long)to);
            return DMA_ERROR;
        }
        if (n)
            phys_write(phys, (u32)to, it->bytes + f->offset, n);
        fill_with_zeros(phys, (u32)to + n, len - n);
    } else if (control & DMA_WRITE) {
        log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: item %04x cannot be written", f->selected);
        return DMA_ERROR;
    }
    if (control & (DMA_READ | DMA_SKIP))
        f->offset += n;
    return 0;
}

static u32 dma_in(void *dev, u16 port, unsigned size)
{
    u32 v = 0;
    (void)dev;
    for (unsigned i = 0; i < size; i++)
        v |= (u32)(u8)DMA_SIGNATURE[(port + i - DMA_HIGH) & 7] << 8 * i;
    return v;
}

/* The address, its upper half first; the lower half starts the command. */
static void dma_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct fw_cfg *f = dev;
    u8 command[16], done[4];
    u32 address = __builtin_bswap32(value), high = f->dma_high;

    if (size != 4 || (port != DMA_HIGH && port != DMA_LOW))
        return;
    f->dma_high = port == DMA_HIGH ? address : 0;
    if (port == DMA_HIGH)
        return;
    if (high) {
        log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: DMA command above 4 GB");
        return;
    }
    struct phys *phys = f->dev.board->phys;
    phys_read(phys, address, command, sizeof(command));
    u64 to = (u64)get_be32(command + 8) << 32 | get_be32(command + 12);
    u32 status = dma_command(f, get_be32(command), get_be32(command + 4), to);
    for (unsigned i = 0; i < 4; i++)
        done[i] = (u8)(status >> (24 - 8 * i));
    phys_write(phys, address, done, sizeof(done));
}

static const struct port_ops dma_ports = {dma_in, dma_out, 4};

/* ---- device ---- */

static bool fw_cfg_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    bool ok = fw_cfg_add(f, FW_CFG_SIGNATURE, "QEMU", 4) &&
              fw_cfg_add_number(f, FW_CFG_ID, ID_TRADITIONAL | ID_DMA, 4) &&
              fw_cfg_add_number(f, FW_CFG_RAM_SIZE, b->phys->ram_size, 8) &&
              fw_cfg_add_number(f, FW_CFG_NB_CPUS, 1, 2) &&
              fw_cfg_add_number(f, FW_CFG_MAX_CPUS, 1, 2) && rebuild_directory(f);
    if (!ok)
        return err_set(e, "out of memory");
    bus_claim(b->bus, SELECTOR, 2, &ports, f, dev->name);
    bus_claim(b->bus, DMA_HIGH, 8, &dma_ports, f, dev->name);
    return true;
}

static void fw_cfg_reset(struct device *dev)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    f->selected = 0;
    f->offset = 0;
    f->dma_high = 0;
}

static void fw_cfg_state(struct device *dev, struct state *s)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    state_u16(s, "selected", &f->selected);
    state_u32(s, "offset", &f->offset);
    state_u32(s, "DMA address high", &f->dma_high);
}

static void fw_cfg_destroy(struct device *dev)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    for (unsigned i = 0; i < f->items; i++)
        free(f->item[i].bytes);
}

static void fw_cfg_describe(const struct device *dev, FILE *out)
{
    const struct fw_cfg *f = (const struct fw_cfg *)dev;
    fprintf(out, "item %04x selected, offset %u\n", f->selected, f->offset);
    for (unsigned i = 0; i < f->items; i++)
        fprintf(out, "%04x %6u bytes %s\n", f->item[i].key, f->item[i].length, f->item[i].name);
}

const struct device_class fw_cfg_class = {
    .name = "fw_cfg",
    .doc = "firmware configuration interface",
    .size = sizeof(struct fw_cfg),
    .state_version = 2,
    .realize = fw_cfg_realize,
    .reset = fw_cfg_reset,
    .state = fw_cfg_state,
    .destroy = fw_cfg_destroy,
    .describe = fw_cfg_describe,
};
