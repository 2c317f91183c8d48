/*
 * fw_cfg.c - firmware configuration: selector port 510h, data port 511h, DMA at 514h. Published
 * interface of QEMU ("QEMU Firmware Configuration (fw_cfg) Device"), which SeaBIOS, Linux and test
 * kernels use.
 *
 * A DMA command of up to 64 KB is carried out at once, within the write of its address, and the
 * processor waits for the bus meanwhile; a longer one goes on beside the processor, piece by piece,
 * and clears its control word at the end, for which the interface has drivers wait. No item can be
 * written: such a command gets its error bit.
 */
#include "hw/firmware/fw_cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SELECTOR = 0x510, DATA = 0x511, DMA_HIGH = 0x514, DMA_LOW = 0x518, DIR_ENTRY = 64 };
enum { ID_TRADITIONAL = 1, ID_DMA = 2 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };

/* A piece of a transfer, at a byte each nanosecond. */
enum { DMA_PIECE = 65536 };

/* Both halves of the address register read as this; guests look for it. */
#define DMA_SIGNATURE "QEMU CFG"

static struct fw_cfg_item *find(struct fw_cfg *f, u16 key)
{
    for (unsigned i = 0; i < f->items; i++)
        if (f->item[i].key == key)
            return &f->item[i];
    return NULL;
}

static bool fw_cfg_add(struct fw_cfg *f, u16 key, const void *bytes, u32 length)
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

/* The next piece of the running transfer: `n` bytes from the item, or zeros behind its end. */
static void dma_move(struct fw_cfg *f, u32 n)
{
    struct phys *phys = f->dev.board->phys;
    const struct fw_cfg_item *it = find(f, f->dma_key);
    u32 left = it && f->dma_offset < it->length ? it->length - f->dma_offset : 0;
    u32 bytes = n < left ? n : left;

    if (bytes)
        phys_write(phys, (u32)f->dma_to, it->bytes + f->dma_offset, bytes);
    fill_with_zeros(phys, (u32)f->dma_to + bytes, n - bytes);
    f->dma_to += n;
    f->dma_left -= n;
    f->dma_offset += bytes;
}

/* The command's control word tells the driver that it is done. */
static void dma_finish(struct fw_cfg *f, u32 status)
{
    u8 done[4];
    for (unsigned i = 0; i < 4; i++)
        done[i] = (u8)(status >> (24 - 8 * i));
    phys_write(f->dev.board->phys, f->dma_command, done, sizeof(done));
}

static void dma_piece(void *opaque)
{
    struct fw_cfg *f = opaque;
    u32 n = f->dma_left < DMA_PIECE ? f->dma_left : DMA_PIECE;
    dma_move(f, n);
    if (f->dma_left) {
        timer_arm(&f->dma, clock_now(f->dev.board->clock) + n);
        return;
    }
    /* The place in the item moves on, unless the guest chose another one meanwhile. */
    if (f->selected == f->dma_key)
        f->offset = f->dma_offset;
    dma_finish(f, 0);
}

static void dma_read(struct fw_cfg *f, u32 len, u64 to)
{
    if (to > 1ull << 32 || len > (1ull << 32) - to) {
        log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: DMA of %u bytes to %llx", len,
               (unsigned long long)to);
        dma_finish(f, DMA_ERROR);
        return;
    }
    f->dma_key = f->selected;
    f->dma_offset = f->offset;
    f->dma_to = to;
    f->dma_left = len;
    if (len > DMA_PIECE) {
        timer_arm(&f->dma, clock_now(f->dev.board->clock) + DMA_PIECE);
        return;
    }
    dma_piece(f);
    bus_hold(f->dev.board->bus, len);
}

static void dma_command(struct fw_cfg *f, u32 control, u32 len, u64 to)
{
    if (control & DMA_SELECT)
        select_item(f, (u16)(control >> 16));
    if (control & DMA_READ) {
        dma_read(f, len, to);
        return;
    }
    if (control & DMA_WRITE) {
        log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: item %04x cannot be written", f->selected);
        dma_finish(f, DMA_ERROR);
        return;
    }
    if (control & DMA_SKIP) {
        const struct fw_cfg_item *it = find(f, f->selected);
        u32 left = it && f->offset < it->length ? it->length - f->offset : 0;
        f->offset += len < left ? len : left;
    }
    dma_finish(f, 0);
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
    u8 command[16];
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
    if (timer_armed(&f->dma)) {
        log_at(f->dev.board->log, LOG_GUEST, "fw_cfg: DMA command while another one is running");
        return;
    }
    phys_read(f->dev.board->phys, address, command, sizeof(command));
    f->dma_command = address;
    dma_command(f, get_be32(command), get_be32(command + 4),
                (u64)get_be32(command + 8) << 32 | get_be32(command + 12));
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
    timer_init(&f->dma, b->clock, dma_piece, f);
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
    timer_disarm(&f->dma);
    f->dma_left = 0;
}

static void fw_cfg_state(struct device *dev, struct state *s)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    state_u16(s, "selected", &f->selected);
    state_u32(s, "offset", &f->offset);
    state_u32(s, "DMA address high", &f->dma_high);
    if (state_version(s) < 3)
        return;
    timer_state(&f->dma, s, "DMA");
    state_u16(s, "DMA key", &f->dma_key);
    state_u32(s, "DMA offset", &f->dma_offset);
    state_u32(s, "DMA command", &f->dma_command);
    state_u64(s, "DMA to", &f->dma_to);
    state_u32(s, "DMA left", &f->dma_left);
    if (state_loading(s) && (f->dma_to > 1ull << 32 || f->dma_left > (1ull << 32) - f->dma_to)) {
        f->dma_to = f->dma_left = 0;
        state_fail(s, "fw_cfg: DMA beyond 4 GB");
    }
}

static void fw_cfg_destroy(struct device *dev)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    timer_disarm(&f->dma);
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
    .state_version = 3,
    .realize = fw_cfg_realize,
    .reset = fw_cfg_reset,
    .state = fw_cfg_state,
    .destroy = fw_cfg_destroy,
    .describe = fw_cfg_describe,
};
