/*
 * ata_dma.c - READ DMA and WRITE DMA, block by block, of a disk whose sectors a bus master moves.
 *
 * ATA/ATAPI-5 9.11 (DMA protocol). The device keeps BSY while it transfers, which the protocol
 * leaves to it. When the bus master is not ready (not started, or its table is at the end), the
 * transfer stands still until ata_dma_go() or a reset. Nothing moves in the middle of the guest's
 * port access, always when the timer fires.
 */
#include "hw/storage/ata.h"

/* true: the whole block is through. */
static bool move(struct ata_unit *u, bool to_memory)
{
    if (u->dma)
        u->pos += u->dma(u, u->buffer + u->pos, u->len - u->pos, to_memory);
    return u->pos == u->len;
}

static void next(struct ata_unit *u)
{
    u->pos = u->len = 0;
    if (u->count)
        timer_arm(&u->timer,
                  clock_now(u->timer.clock) + ata_block_sectors(u) * ATA_DMA_SECTOR_TIME);
    else
        ata_finish(u);
}

static void read_block(struct ata_unit *u)
{
    u32 n = ata_block_sectors(u);
    if (!u->len) {
        if (!ata_get_block(u))
            return;
        u->len = n * SECTOR_SIZE;
    }
    if (!move(u, true))
        return;
    u->lba += n;
    u->count -= n;
    next(u);
}

static void write_block(struct ata_unit *u)
{
    u->len = ata_block_sectors(u) * SECTOR_SIZE;
    if ((u->pos == u->len || move(u, false)) && ata_put_block(u))
        next(u);
}

void ata_dma_tick(struct ata_unit *u)
{
    if (u->phase == ATA_DMA_READ)
        read_block(u);
    else
        write_block(u);
}

void ata_dma_go(struct ata_unit *u)
{
    bool dma = u->phase == ATA_DMA_READ || u->phase == ATA_DMA_WRITE ||
               u->phase == ATA_PACKET_DMA || u->phase == ATA_PACKET_DMA_OUT;
    if (ata_present(u) && dma && !timer_armed(&u->timer))
        timer_arm(&u->timer, clock_now(u->timer.clock) + ATA_BLOCK_TIME);
}
