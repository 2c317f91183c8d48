/*
 * sb_ports.c - the Sound Blaster's ports and its interrupt (Creative, "Sound Blaster Series
 * Hardware Programming Guide", chapters 1 and 2; ports from the card's base on).
 *
 *   4, 5  mixer: index, data            C  DSP: write a byte; read: bit 7 = busy
 *   6     DSP reset                     E  DSP: bit 7 = there is an answer; acknowledges 8-bit DMA
 *   A     DSP: read an answer           F  acknowledges 16-bit DMA
 *
 * FM synthesis (0 to 3, 8, 9) and the CD-ROM interface that some cards had are not here.
 */
#include "hw/sound/sb.h"

enum { MIXER_INDEX = 4, MIXER_DATA, RESET, READ = 10, WRITE = 12, STATUS = 14, ACK_16 };

/* ---- interrupts ---- */

void sb_drive_lines(struct sb *sb)
{
    u16 high = sb->pending ? sb_irq_chosen(sb) : 0;
    if (sb->mpu.message)
        high |= (u16)(1u << sb->mpu_irq);
    for (unsigned i = 0; i < ARRAY_SIZE(sb->line); i++)
        irq_set(&sb->line[i], bit(high, i));
}

void sb_raise(struct sb *sb, u8 reason)
{
    sb->pending |= reason;
    sb_drive_lines(sb);
}

void sb_acknowledge(struct sb *sb, u8 reason)
{
    if (!(sb->pending & reason))
        return;
    sb->pending &= (u8)~reason;
    sb_drive_lines(sb);
}

/* ---- ports ---- */

static bool has_mixer(const struct sb *sb)
{
    return sb->card->mixer != SB_NO_MIXER;
}

static u32 sb_in(void *dev, u16 port, unsigned size)
{
    struct sb *sb = dev;
    (void)size;
    sb_transfers_sync(sb);
    switch (port - sb->base) {
    case MIXER_INDEX:
        return has_mixer(sb) ? sb->mixer_index : 0xff;
    case MIXER_DATA:
        return has_mixer(sb) ? sb_mixer_read(sb) : 0xff;
    case READ:
        return sb_dsp_read(sb);
    case WRITE:
        return sb_dsp_write_status(sb);
    case STATUS:
        sb_acknowledge(sb, SB_IRQ_8BIT);
        return sb_dsp_read_status(sb);
    case ACK_16:
        if (sb->card->model == SB_16)
            sb_acknowledge(sb, SB_IRQ_16BIT);
        return 0xff;
    default:
        return 0xff;
    }
}

static void sb_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct sb *sb = dev;
    u8 v = (u8)value;
    (void)size;
    sb_transfers_sync(sb);
    switch (port - sb->base) {
    case MIXER_INDEX:
        sb->mixer_index = v;
        break;
    case MIXER_DATA:
        if (has_mixer(sb))
            sb_mixer_write(sb, v);
        break;
    case RESET:
        sb_dsp_reset_port(sb, v);
        break;
    case WRITE:
        sb_dsp_write(sb, v);
        break;
    default:
        break;
    }
}

const struct port_ops sb_port_ops = {sb_in, sb_out, 1};
