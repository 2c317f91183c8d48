/*
 * sb.c - the Sound Blaster cards: jumpers, lines, RESET, state.
 *
 *   -device sb16,addr=220,irq=5,dma=1,hdma=5
 *
 * The 16 chooses line and channels by its mixer, as its set-up program would; the properties are
 * what it begins with. MPU-401: in UART mode it interrupts on the card's line; its intelligent
 * mode, which a Sound Blaster 16 does not have, is for games that know Roland's card, and
 * interrupts where that one does, on line 9.
 */
#include "hw/sound/sb.h"
#include "hw/bus/slots.h"

#include <stdio.h>

static const struct sb_card cards[] = {
    [SB_1] = {SB_1, 1, 5, SB_NO_MIXER, OPL2, 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7, 1 << 1},
    [SB_2] = {SB_2, 2, 1, SB_CT1335, OPL2, 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7,
              1 << 0 | 1 << 1 | 1 << 3},
    [SB_PRO] = {SB_PRO, 3, 0, SB_CT1345, OPL2_PAIR, 1 << 2 | 1 << 5 | 1 << 7 | 1 << 10,
                1 << 0 | 1 << 1 | 1 << 3},
    [SB_PRO2] = {SB_PRO2, 3, 2, SB_CT1345, OPL3, 1 << 2 | 1 << 5 | 1 << 7 | 1 << 10,
                 1 << 0 | 1 << 1 | 1 << 3},
    [SB_16] = {SB_16, 4, 5, SB_CT1745, OPL3, 1 << 2 | 1 << 5 | 1 << 7 | 1 << 10,
               1 << 0 | 1 << 1 | 1 << 3},
};

static struct sb *sb_of(struct device *d)
{
    return (struct sb *)d;
}

/* ---- MIDI ---- */

void sb_midi_byte(struct sb *sb, u8 v)
{
    midi_send(&sb->midi, clock_now(sb->dev.board->clock), v);
}

static void mpu_line(void *opaque, bool smart, bool level)
{
    struct sb *sb = opaque;
    if (smart)
        sb_drive_lines(sb); /* mpu.message says */
    else if (level)
        sb_raise(sb, SB_IRQ_MPU);
    else
        sb_acknowledge(sb, SB_IRQ_MPU);
}

/* ---- being there ---- */

static const char *list(u16 numbers, char *text, size_t size)
{
    size_t n = 0;
    text[0] = 0;
    for (unsigned i = 0; i < 16 && n < size; i++) {
        if (bit(numbers, i))
            n += (size_t)snprintf(text + n, size - n, "%s%u", n ? ", " : "", i);
    }
    return text;
}

static bool check_jumpers(const struct sb *sb, struct err *e)
{
    const struct sb_card *c = sb->card;
    char text[60];
    u16 irqs = c->irqs | (c->irqs & 1 << 2 ? 1 << 9 : 0);
    u16 wide = 1 << 5 | 1 << 6 | 1 << 7;
    if (sb->base & (SB_PORTS - 1))
        return err_set(e, "addr=%x: must be a multiple of 10 (hexadecimal)", sb->base);
    if (sb->mpu_base && (sb->mpu_base & 1 || sb->mpu_base < 0x200))
        return err_set(e, "mpu=%x: must be even, 200 to 3fe, or 0", sb->mpu_base);
    if (sb->fm_base && (sb->fm_base & 3 || sb->fm_base < 0x200))
        return err_set(e, "fm=%x: must be a multiple of 4, 200 to 3fc, or 0", sb->fm_base);
    if (!bit(irqs, sb->irq_number))
        return err_set(e, "irq=%u: the card has %s", sb->irq_number,
                       list(irqs, text, sizeof(text)));
    if (!bit(c->dmas, sb->dma_number))
        return err_set(e, "dma=%u: the card has %s", sb->dma_number,
                       list(c->dmas, text, sizeof(text)));
    if (c->model == SB_16 && sb->hdma_number != sb->dma_number && !bit(wide, sb->hdma_number))
        return err_set(e, "hdma=%u: the card has 5, 6, 7, or the channel of dma=", sb->hdma_number);
    return true;
}

/* What the jumpers say is the card's; the rest of what it can choose, only while nobody has it. */
static bool take_lines(struct sb *sb, struct err *e)
{
    u16 irqs = sb_irq_chosen(sb), other_irqs = sb->card->irqs;
    if (sb->mpu_base)
        irqs |= (u16)(1u << sb->mpu_irq);
    u8 dmas = sb_dma_chosen(sb), other_dmas = 0xeb;
    if (sb->card->mixer != SB_CT1745)
        other_irqs = other_dmas = 0;
    for (unsigned i = 0; i < 16; i++) {
        unsigned n = i == 2 ? 9 : i;
        if ((bit(irqs, i) || bit(other_irqs, i)) && !sb->line[n].fn &&
            !slots_irq(&sb->dev, n, LINE_GATED, &sb->line[n], e))
            return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (bit(dmas, i) && !slots_dma(&sb->dev, i, &sb->dma[i], e))
            return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (bit(other_dmas, i) && !bit(dmas, i))
            slots_dma_spare(&sb->dev, i, &sb->dma[i]);
    }
    return true;
}

void sb_claim(struct sb *sb)
{
    struct bus *b = sb->dev.board->bus;
    /* The first cards have sockets for a Game Blaster's chips at the first four. */
    unsigned sockets = sb->card->fm == OPL2 ? SB_SOCKET_PORTS : 0;
    u16 first = (u16)(sb->base + sockets);
    if (sb->base) {
        bus_claim(b, first, SB_PORTS - sockets, &sb_port_ops, sb, sb->dev.name);
        bus_steady(b, first, sb_steady);
    }
    if (sb->fm_base) {
        bus_claim(b, sb->fm_base, sb_fm_ports(sb->card->fm), &sb_fm_port_ops, sb, sb->dev.name);
        bus_steady(b, sb->fm_base, sb_fm_steady);
    }
    if (sb->mpu_base)
        mpu_claim(&sb->mpu, sb->mpu_base);
}

static bool realize(struct sb *sb, enum sb_model model, struct err *e)
{
    sb->card = &cards[model];
    if (model != SB_16)
        sb->hdma_number = sb->dma_number;
    if (!check_jumpers(sb, e))
        return false;
    sb_dsp_init(sb);
    sb_dma_init(sb);
    sb_voice_init(sb);
    if (!opl_card_attach(&sb->fm, &sb->dev, sb->card->fm, sb->fm_log, e))
        return false;
    sb->midi.sink = slots_midi(&sb->dev);
    sb_input_init(sb);
    mpu_init(&sb->mpu, &sb->dev, &sb->midi, mpu_line);
    sb_claim(sb);
    sb_mixer_power(sb); /* the lines that it chooses */
    if (!take_lines(sb, e))
        return false;
    struct isapnp *p = (struct isapnp *)slots_find(&sb->dev, &isapnp_class, NULL);
    return !sb->pnp || !p || sb_pnp_join(sb, p, e);
}

static bool realize_1(struct device *d, const struct board *b, struct err *e)
{
    (void)b;
    return realize(sb_of(d), SB_1, e);
}

static bool realize_2(struct device *d, const struct board *b, struct err *e)
{
    (void)b;
    return realize(sb_of(d), SB_2, e);
}

static bool realize_pro(struct device *d, const struct board *b, struct err *e)
{
    (void)b;
    return realize(sb_of(d), SB_PRO, e);
}

static bool realize_pro2(struct device *d, const struct board *b, struct err *e)
{
    (void)b;
    return realize(sb_of(d), SB_PRO2, e);
}

static bool realize_16(struct device *d, const struct board *b, struct err *e)
{
    (void)b;
    return realize(sb_of(d), SB_16, e);
}

static void sb_reset(struct device *d)
{
    struct sb *sb = sb_of(d);
    sb_transfers_sync(sb);
    sb_dsp_power(sb);
    opl_card_reset(&sb->fm);
    sb->pending = 0;
    sb_mixer_power(sb);
    sb_drive_lines(sb);
    sb_voice_silence(sb);
    sb->adpcm = (struct sb_adpcm){.sample = 0x80, .step = 1};
    mpu_reset(&sb->mpu);
}

static void sb_state(struct device *d, struct state *s)
{
    struct sb *sb = sb_of(d);
    state_u8(s, "pending", &sb->pending);
    state_u8(s, "mixer_index", &sb->mixer_index);
    state_bytes(s, "mixer", sb->mixer, sizeof(sb->mixer));
    sb_dsp_state(sb, s);
    sb_dma_state(sb, s, state_version(s) >= 4);
    state_u64(s, "midi free_at", &sb->midi.free_at);
    mpu_state(&sb->mpu, s, state_version(s) >= 3);
    if (state_version(s) >= 3)
        sb_input_state(sb, s);
    sb_voice_state(sb, s);
    if (state_version(s) >= 2)
        opl_card_state(&sb->fm, s);
    else
        opl_card_reset(&sb->fm);
}

static void sb_destroy(struct device *d)
{
    struct sb *sb = sb_of(d);
    timer_disarm(&sb->tick);
    timer_disarm(&sb->dsp.boot);
    mpu_destroy(&sb->mpu);
    sb_input_detach(sb);
    opl_card_detach(&sb->fm);
    sound_detach(&sb->sound);
}

static void sb_describe(const struct device *d, FILE *out)
{
    static const char *const formats[] = {"PCM", "ADPCM 2", "ADPCM 2.6", "ADPCM 4", "silence"};
    const struct sb *sb = (const struct sb *)d;
    char irqs[60], dmas[60];
    if (sb->pnp && !sb->isapnp.place.active) {
        fputs("switched off by plug and play\n", out);
        return;
    }
    fprintf(out, "ports %03x-%03x, IRQ %s, DMA %s, DSP %u.%02u%s\n", sb->base,
            sb->base + SB_PORTS - 1, list(sb_irq_chosen(sb), irqs, sizeof(irqs)),
            list(sb_dma_chosen(sb), dmas, sizeof(dmas)), sb->card->major, sb->card->minor,
            sb->pending ? ", interrupting" : "");
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        const struct sb_transfer *t = &sb->transfer[i];
        if (t->running)
            fprintf(out, "%u bit: %s%s%s%s, %.1f Hz, %u of %u left%s%s\n", 8u << i,
                    t->record ? "recording " : "", formats[t->format], t->stereo ? ", stereo" : "",
                    t->auto_init ? ", auto-init" : "", 1e9 * t->per_period / t->period_ns, t->left,
                    t->block, t->paused ? ", paused" : "",
                    t->stalled ? ", waits for its DMA channel" : "");
    }
}

#define JUMPERS                                                                                    \
    PROP_PORT_ROW(struct sb, base, "addr", "220", 0x210, 0x280, "first of its 16 ports"),          \
        PROP_U8_ROW(struct sb, irq_number, "irq", "5", 2, 10, "interrupt line"),                   \
        PROP_U8_ROW(struct sb, dma_number, "dma", "1", 0, 3, "DMA channel"),                       \
        PROP_PORT_ROW(struct sb, fm_base, "fm", "388", 0, 0x3fc, "AdLib's ports; 0: none"),        \
        PROP_STRING_ROW(struct sb, fm_log, "fmlog", "file for what FM plays: NAME.vgm")

static const struct prop props[] = {JUMPERS, PROP_END};

static const struct prop props_16[] = {
    JUMPERS,
    PROP_U8_ROW(struct sb, hdma_number, "hdma", "5", 0, 7, "DMA channel of 16 bits"),
    PROP_PORT_ROW(struct sb, mpu_base, "mpu", "330", 0, 0x3fe, "ports of its MPU-401; 0: none"),
    PROP_U8_ROW(struct sb, mpu_irq, "mpuirq", "9", 3, 11,
                "interrupt line of the MPU-401's intelligent mode"),
    PROP_BOOL_ROW(struct sb, pnp, "pnp", "off",
                  "on: an ISA plug-and-play card, which a system may move from where it begins"),
    PROP_END,
};

#define SB_CLASS(id, text, function, table)                                                        \
    const struct device_class id##_class = {                                                       \
        .name = #id,                                                                               \
        .model = #id,                                                                              \
        .doc = text,                                                                               \
        .size = sizeof(struct sb),                                                                 \
        .props = table,                                                                            \
        .bus = BUS_ISA,                                                                            \
        .optional = true,                                                                          \
        .state_version = 4,                                                                        \
        .realize = function,                                                                       \
        .reset = sb_reset,                                                                         \
        .state = sb_state,                                                                         \
        .destroy = sb_destroy,                                                                     \
        .describe = sb_describe,                                                                   \
    }

SB_CLASS(sb1, "Sound Blaster 1.5 (DSP 1.05)", realize_1, props);
SB_CLASS(sb2, "Sound Blaster 2.0 (DSP 2.01)", realize_2, props);
SB_CLASS(sbpro, "Sound Blaster Pro (DSP 3.00)", realize_pro, props);
SB_CLASS(sbpro2, "Sound Blaster Pro 2 (DSP 3.02)", realize_pro2, props);
SB_CLASS(sb16, "Sound Blaster 16 (DSP 4.05) with MPU-401", realize_16, props_16);
