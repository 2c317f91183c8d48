/*
 * sb_mixer.c - the mixer chips of the Sound Blasters: CT1335 (2.0), CT1345 (Pro), CT1745 (16),
 * which also holds the 16's choice of interrupt line and DMA channels (Creative, "Sound Blaster
 * Series Hardware Programming Guide", chapter 4).
 *
 * Volumes begin at 0 dB, where the chips begin at -14 dB or so: nobody else turns them up in a PC
 * on which the card's set-up program never ran. Tone controls are registers without an effect, and
 * so are the filters of the CT1345 and, for what is recorded, the volumes of line and microphone.
 */
#include "hw/sound/sb.h"

#include <string.h>

enum {
    RESET = 0x00,
    INPUT = 0x0c,  /* CT1345; */
    OUTPUT = 0x0e, /* too */
    MASTER_L = 0x30,
    VOICE_L = 0x32,
    FM_L = 0x34,
    CD_L = 0x36,
    LINE_L = 0x38,
    MIC = 0x3a,
    SWITCHES = 0x3c,
    INPUT_L = 0x3d,
    RECORD_GAIN_L = 0x3f,
    GAIN_L = 0x41,
    INTERRUPT = 0x80,
    DMA,
    PENDING,
};
enum { OUTPUT_STEREO = 0x02, SWITCH_CD_L = 0x04, SWITCH_CD_R = 0x02, VERSION_405 = 0x40 };
/* Of 3Dh, 3Eh. */
enum { SWITCH_MIC = 0x01, SWITCH_LINE_R = 0x08, SWITCH_LINE_L = 0x10 };

/* ---- the CT1745 and the names that earlier chips had for its registers ---- */

/* Bits that can be written; 0: no such register, it reads FFh. */
static u8 ct1745_bits(u8 index)
{
    static const u8 from_30[] = {0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8,
                                 0xf8, 0xf8, 0xf8, 0xc0, 0x1f, 0x7f, 0x7f, 0xc0,
                                 0xc0, 0xc0, 0xc0, 0x01, 0xf0, 0xf0, 0xf0, 0xf0};
    if (index >= MASTER_L && index < MASTER_L + ARRAY_SIZE(from_30))
        return from_30[index - MASTER_L];
    return index == INTERRUPT ? 0x0f : index == DMA ? 0xeb : 0;
}

/* Left register of a pair that the CT1345 has in one; 0: none. */
static u8 pair_of(u8 index)
{
    switch (index) {
    case 0x04:
        return VOICE_L;
    case 0x22:
        return MASTER_L;
    case 0x26:
        return FM_L;
    case 0x28:
        return CD_L;
    case 0x2e:
        return LINE_L;
    default:
        return 0;
    }
}

static u8 ct1745_read(const struct sb *sb, u8 index)
{
    u8 pair = pair_of(index);
    if (pair)
        return (u8)((sb->mixer[pair] & 0xf0) | sb->mixer[pair + 1] >> 4);
    if (index == 0x0a)
        return sb->mixer[MIC] >> 5;
    if (index == PENDING)
        return sb->pending | VERSION_405;
    return ct1745_bits(index) ? sb->mixer[index] : 0xff;
}

static void ct1745_write(struct sb *sb, u8 index, u8 v)
{
    u8 pair = pair_of(index);
    if (pair) { /* four bits of five: the lowest one becomes 1 */
        sb->mixer[pair] = (u8)((v & 0xf0) | 8);
        sb->mixer[pair + 1] = (u8)(v << 4 | 8);
    } else if (index == 0x0a) {
        sb->mixer[MIC] = (u8)((v & 7) << 5 | 0x18);
    } else {
        u8 can = ct1745_bits(index);
        sb->mixer[index] = (u8)((sb->mixer[index] & ~can) | (v & can));
    }
}

static void ct1745_defaults(u8 *r)
{
    memset(r + MASTER_L, 0xf8, LINE_L - MASTER_L);
    memset(r + LINE_L, 0, 0x48 - LINE_L);
    r[SWITCHES] = 0x1f;
    r[0x3d] = 0x15;
    r[0x3e] = 0x0b;
    memset(r + 0x44, 0x80, 4);
}

/* ---- the older ones ---- */

static u8 old_bits(const struct sb *sb, u8 index)
{
    if (sb->card->mixer == SB_CT1335)
        return index == 0x02 || index == 0x06 || index == 0x08 ? 0x0e : index == 0x0a ? 0x06 : 0;
    if (pair_of(index))
        return 0xee;
    return index == 0x0a ? 0x06 : index == 0x0c ? 0x2e : index == OUTPUT ? 0x22 : 0;
}

static void old_defaults(const struct sb *sb, u8 *r)
{
    for (unsigned i = 0; i < 0x30; i++) {
        bool volume = sb->card->mixer == SB_CT1335
                          ? i == 0x02 || i == 0x06 || i == 0x08 || i == 0x0a
                          : pair_of((u8)i) && i != 0x2e;
        r[i] = volume ? old_bits(sb, (u8)i) : 0;
    }
}

/* ---- volumes ---- */

/* A factor for so many tenths of a decibel less. */
static u32 attenuated(unsigned tenths)
{
    u64 v = SOUND_UNITY;
    v <<= 16;
    while (tenths--)
        v = v * 4245803212u >> 32; /* 10^(-1/200) */
    return (u32)(v >> 16);
}

/* Steps of 2 dB (CT1745), of 4 or, of four levels, 7; the lowest one of those is 46 dB down. */
static u32 old_level(unsigned v, unsigned top)
{
    return attenuated(v ? (top - v) * (top == 3 ? 70 : 40) : 460);
}

static u32 level(const struct sb *sb, u8 index, bool right)
{
    const u8 *r = sb->mixer;
    switch (sb->card->mixer) {
    case SB_CT1745:
        return attenuated(20u * (31 - (r[index + right] >> 3)));
    case SB_CT1345: {
        u8 v = r[index == MASTER_L ? 0x22 : index == VOICE_L ? 0x04 : index == FM_L ? 0x26 : 0x28];
        return old_level((right ? v : v >> 4) >> 1 & 7, 7);
    }
    case SB_CT1335: {
        if (index == VOICE_L)
            return old_level(r[0x0a] >> 1 & 3, 3);
        return old_level(r[index == MASTER_L ? 0x02 : index == FM_L ? 0x06 : 0x08] >> 1 & 7, 7);
    }
    default:
        return SOUND_UNITY;
    }
}

static u32 through(const struct sb *sb, u8 index, bool right)
{
    u64 v = (u64)level(sb, index, right) * level(sb, MASTER_L, right) / SOUND_UNITY;
    if (sb->card->mixer == SB_CT1745)
        v <<= sb->mixer[GAIN_L + right] >> 6; /* 6 dB each */
    return v > 4 * SOUND_UNITY ? 4 * SOUND_UNITY : (u32)v;
}

void sb_mixer_volumes(struct sb *sb)
{
    u32 cd_left = through(sb, CD_L, false), cd_right = through(sb, CD_L, true);
    if (sb->card->mixer == SB_CT1745) {
        cd_left = sb->mixer[SWITCHES] & SWITCH_CD_L ? cd_left : 0;
        cd_right = sb->mixer[SWITCHES] & SWITCH_CD_R ? cd_right : 0;
    }
    sound_source_volume(&sb->sound, through(sb, VOICE_L, false), through(sb, VOICE_L, true));
    sound_source_volume(&sb->fm.sound, through(sb, FM_L, false), through(sb, FM_L, true));
    sound_cable_volume(&sb->dev, "cd", cd_left, cd_right);
}

/* ---- all ---- */

static void defaults(struct sb *sb)
{
    if (sb->card->mixer == SB_CT1745)
        ct1745_defaults(sb->mixer);
    else if (sb->card->mixer != SB_NO_MIXER)
        old_defaults(sb, sb->mixer);
    sb_mixer_volumes(sb);
}

void sb_mixer_lines(struct sb *sb)
{
    static const u8 irq_bit[16] = {[2] = 1, [9] = 1, [5] = 2, [7] = 4, [10] = 8};
    sb->mixer[INTERRUPT] = irq_bit[sb->irq_number];
    sb->mixer[DMA] = (u8)((1u << sb->dma_number | 1u << sb->hdma_number) & 0xeb);
}

void sb_mixer_power(struct sb *sb)
{
    memset(sb->mixer, 0, sizeof(sb->mixer));
    sb->mixer_index = 0;
    sb->right_next = true;
    sb_mixer_lines(sb);
    defaults(sb);
}

u8 sb_mixer_read(const struct sb *sb)
{
    u8 index = sb->mixer_index;
    if (sb->card->mixer == SB_CT1745)
        return ct1745_read(sb, index);
    u8 can = old_bits(sb, index);
    if (!can)
        return 0xff;
    /* What is not there reads 1 in the CT1345's pairs. */
    return sb->mixer[index] | (sb->card->mixer == SB_CT1345 && can != 0x06 ? 0x11 : 0);
}

void sb_mixer_write(struct sb *sb, u8 v)
{
    u8 index = sb->mixer_index;
    if (index == RESET) {
        defaults(sb);
        return;
    }
    if (sb->card->mixer == SB_CT1745)
        ct1745_write(sb, index, v);
    else
        sb->mixer[index] = v & old_bits(sb, index);
    if (index == OUTPUT)
        sb->right_next = true; /* also when it says the same as before */
    if (index == INTERRUPT)
        sb_drive_lines(sb);
    else if (index == DMA)
        sb_dma_ready(sb);
    else
        sb_mixer_volumes(sb);
}

bool sb_mixer_stereo(const struct sb *sb)
{
    return sb->card->mixer == SB_CT1345 && (sb->mixer[OUTPUT] & OUTPUT_STEREO);
}

/*
 * What comes in from outside is line and microphone at once; FM and CD cannot be recorded. Where
 * neither is chosen there is silence.
 */
u8 sb_mixer_inputs(const struct sb *sb, bool right, unsigned *louder)
{
    *louder = 0;
    if (sb->card->mixer == SB_CT1345) { /* 0Ch: 1 is the CD */
        u8 own = right ? 2 : 1;
        return (sb->mixer[INPUT] >> 1 & 3) == 1 ? 0 : own;
    }
    if (sb->card->mixer != SB_CT1745)
        return 3; /* one microphone */
    u8 on = sb->mixer[INPUT_L + right];
    *louder = sb->mixer[RECORD_GAIN_L + right] >> 6;
    return (u8)((on & SWITCH_LINE_L ? 1 : 0) | (on & SWITCH_LINE_R ? 2 : 0) |
                (on & SWITCH_MIC ? right ? 2 : 1 : 0));
}

u16 sb_irq_chosen(const struct sb *sb)
{
    u8 v = sb->mixer[INTERRUPT];
    if (sb->card->mixer == SB_CT1745)
        return (u16)(bit(v, 0) << 9 | bit(v, 1) << 5 | bit(v, 2) << 7 | bit(v, 3) << 10);
    return (u16)(1u << (sb->irq_number == 2 ? 9 : sb->irq_number));
}

u8 sb_dma_chosen(const struct sb *sb)
{
    if (sb->card->mixer == SB_CT1745)
        return sb->mixer[DMA];
    return (u8)(1u << sb->dma_number);
}
