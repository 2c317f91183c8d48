/*
 * fw_cfg.h - the firmware configuration interface: numbered items that firmware and test kernels
 * read through two ports or have put into memory.
 */
#ifndef FERRITE_FW_CFG_H
#define FERRITE_FW_CFG_H

#include "hw/bus/device.h"

enum { FW_CFG_ITEMS = 32 };

/* Keys with a fixed meaning. */
enum {
    FW_CFG_SIGNATURE = 0,
    FW_CFG_ID = 1,
    FW_CFG_RAM_SIZE = 3,
    FW_CFG_NB_CPUS = 5,
    FW_CFG_MAX_CPUS = 15,
    FW_CFG_FILE_DIR = 25,
    FW_CFG_FILE_FIRST = 32,
    FW_CFG_IRQ0_OVERRIDE = 0x8002
};

struct fw_cfg_item {
    u16 key;
    char name[56]; /* of a file; "" for a fixed key */
    u8 *bytes;
    u32 length;
};

struct fw_cfg {
    struct device dev;
    struct fw_cfg_item item[FW_CFG_ITEMS];
    unsigned items;
    u16 selected;
    u32 offset;
    u32 dma_high; /* upper half of a DMA command's address, once written */
    /* A transfer that goes on beside the processor. */
    struct timer dma; /* the next piece */
    u16 dma_key;
    u32 dma_offset;
    u32 dma_command; /* physical address */
    u64 dma_to;      /* up to 4 GB */
    u32 dma_left;
};

extern const struct device_class fw_cfg_class;

/* Add an item (before the machine runs); the bytes are copied. Numbers are little-endian. */
bool fw_cfg_add_number(struct fw_cfg *f, u16 key, u64 value, u32 length);
/* A named file, listed in the directory. */
bool fw_cfg_add_file(struct fw_cfg *f, const char *name, const void *bytes, u32 length);

#endif
