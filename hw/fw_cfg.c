/*
 * fw_cfg.c - firmware configuration: selector port 510h, data port 511h. Published interface of
 * QEMU ("QEMU Firmware Configuration (fw_cfg) Device"), which SeaBIOS and test kernels use.
 *
 * Not modelled: the DMA interface at 514h (the ID item says so), writing.
 */
#include "hw/fw_cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SELECTOR = 0x510, DATA = 0x511, DIR_ENTRY = 64 };

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
    f->selected = (u16)value & 0x3fff; /* bit 14: write, bit 15: of the architecture */
    if (value & 0x8000)
        f->selected |= 0x8000;
    f->offset = 0;
}

static const struct port_ops ports = {fw_cfg_in, fw_cfg_out, 2};

static bool fw_cfg_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    bool ok = fw_cfg_add(f, FW_CFG_SIGNATURE, "QEMU", 4) &&
              fw_cfg_add_number(f, FW_CFG_ID, 1, 4) && /* the traditional interface only */
              fw_cfg_add_number(f, FW_CFG_RAM_SIZE, b->phys->ram_size, 8) &&
              fw_cfg_add_number(f, FW_CFG_NB_CPUS, 1, 2) &&
              fw_cfg_add_number(f, FW_CFG_MAX_CPUS, 1, 2) && rebuild_directory(f);
    if (!ok)
        return err_set(e, "out of memory");
    bus_claim(b->bus, SELECTOR, 2, &ports, f, dev->name);
    return true;
}

static void fw_cfg_reset(struct device *dev)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    f->selected = 0;
    f->offset = 0;
}

static void fw_cfg_state(struct device *dev, struct state *s)
{
    struct fw_cfg *f = (struct fw_cfg *)dev;
    state_u16(s, "selected", &f->selected);
    state_u32(s, "offset", &f->offset);
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
    .state_version = 1,
    .realize = fw_cfg_realize,
    .reset = fw_cfg_reset,
    .state = fw_cfg_state,
    .destroy = fw_cfg_destroy,
    .describe = fw_cfg_describe,
};
