/*
 * sb_ports.c - the Sound Blaster's ports and its interrupt (Creative, "Sound Blaster Series
 * Hardware Programming Guide", chapters 1 and 2; ports from the card's base on).
 *
 *   0-3, 8, 9  FM synthesis (opl_card.h); also where AdLib has it, at 388h
 *   4, 5  mixer: index, data            C  DSP: write a byte; read: bit 7 = busy
 *   6     DSP reset                     E  DSP: bit 7 = there is an answer; acknowledges 8-bit DMA
 *   A     DSP: read an answer           F  acknowledges 16-bit DMA
 *
 * The CD-ROM interface that some cards had is not here; the first cards' sockets for CMS chips are
 * empty until a gameblaster,sockets=on fills them.
 */
#include "hw/sound/sb.h"

enum { MIXER_INDEX = 4, MIXER_DATA, RESET, FM = 8, READ = 10, WRITE = 12, STATUS = 14, ACK_16 };

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

static bool is_fm(const struct sb *sb, unsigned offset)
{
    return offset == FM || offset == FM + 1 || (offset < MIXER_INDEX && sb->card->fm != OPL2);
}

static u32 fm_in(void *dev, u16 port, unsigned size)
{
    struct sb *sb = dev;
    (void)size;
    return opl_card_in(&sb->fm, port - sb->fm_base + (sb->card->fm == OPL3 ? 0u : FM));
}

static void fm_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct sb *sb = dev;
    (void)size;
    opl_card_out(&sb->fm, port - sb->fm_base + (sb->card->fm == OPL3 ? 0u : FM), (u8)value);
}

const struct port_ops sb_fm_port_ops = {fm_in, fm_out, 1};

u64 sb_fm_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct sb *sb = dev;
    (void)others;
    return opl_card_steady(&sb->fm, port - sb->fm_base + (sb->card->fm == OPL3 ? 0u : FM));
}

static u32 sb_in(void *dev, u16 port, unsigned size)
{
    struct sb *sb = dev;
    (void)size;
    if (is_fm(sb, (unsigned)(port - sb->base)))
        return opl_card_in(&sb->fm, (unsigned)(port - sb->base));
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

/* The DSP's status, while no transfer goes on: reading it brings those up to the present. */
u64 sb_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct sb *sb = dev;
    (void)others;
    if (is_fm(sb, (unsigned)(port - sb->base)))
        return opl_card_steady(&sb->fm, (unsigned)(port - sb->base));
    if (sb_transfers_go_on(sb))
        return 0;
    switch (port - sb->base) {
    case WRITE:
        return sb_dsp_write_steady(sb);
    case STATUS:
        return sb_dsp_read_steady(sb);
    default:
        return 0;
    }
}

static void sb_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct sb *sb = dev;
    u8 v = (u8)value;
    (void)size;
    if (is_fm(sb, (unsigned)(port - sb->base))) {
        opl_card_out(&sb->fm, (unsigned)(port - sb->base), v);
        return;
    }
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
