/*
 * i8237.h - the AT's two 8237A DMA controllers with their page registers.
 */
#ifndef FERRITE_I8237_H
#define FERRITE_I8237_H

#include "hw/bus/device.h"

struct i8237_channel {
    u16 base_addr, base_count;
    u16 addr, count; /* count is one less than what remains; words on channels 5-7 */
    u8 mode;
    u8 page; /* address bits 16-23 */
};

struct i8237_chip {
    u8 command;
    u8 mask;        /* bit set = channel masked */
    u8 tc;          /* status bits 0-3 */
    u8 request;     /* software requests */
    u8 temp;        /* memory-to-memory byte */
    bool high_byte; /* the byte-pointer flip-flop */
};

struct i8237 {
    struct device dev;
    struct i8237_chip chip[2];       /* channels 0-3, 4-7 */
    struct i8237_channel channel[8]; /* 4 is the cascade of the first chip */
    u8 scratch[16];                  /* page registers without a channel; 0 belongs to port 80h */
    struct dma_line *line[8];        /* attached devices; borrowed */
};

extern const struct device_class i8237_class;

/* Wire a device's end of a channel (0-3 bytes, 5-7 words). */
void i8237_attach(struct i8237 *dma, unsigned channel, struct dma_line *line);
/* Devices catch up with the present instant (struct dma_line, sync). */
void i8237_sync(struct i8237 *dma);

#endif
