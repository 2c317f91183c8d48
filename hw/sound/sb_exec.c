/*
 * sb_exec.c - the DSP's commands (Creative, "Sound Blaster Series Hardware Programming Guide",
 * chapter 6; what it leaves out is what firmware 4.05 does). The high digit of a command is its
 * group; in most groups the bits of the low one mean something each, as in the firmware, so that
 * their undocumented combinations do what they do there.
 *
 * Generations: 1.05 has single transfers only; 2.00 adds auto-initialised ones, MIDI in UART mode
 * and D8h; 2.01 high speed; 3.xx stereo; 4.xx rates in Hz and groups B and C. Commands that a
 * generation does not have are no commands there, and take no parameters.
 *
 * The signal processor (ASP, CSP) of some cards is not there: its registers read FFh, a program for
 * it is taken and answered by FFh. The timer of commands 4Eh and 4Fh turns nothing.
 */
#include "hw/sound/sb.h"

/* Bits of the low digit. */
enum { AUTO = 8, SINGLE = 4, OTHER_FORMAT = 2, REFERENCE = 1 };
/* Of groups B and C, and of their mode byte. */
enum { RECORD = 8, AUTO_INIT = 4, MODE_SIGNED = 0x10, MODE_STEREO = 0x20 };
/* Of group 3. */
enum { MIDI_WRITE = 8, MIDI_UART = 4 };
/* Of group A. */
enum { RECORD_STEREO = 8 };
/* Of group 9. */
enum { HS_SINGLE = 1, HS_RECORD = 8 };

static bool since(const struct sb *sb, u8 major, u8 minor)
{
    return sb->card->major > major || (sb->card->major == major && sb->card->minor >= minor);
}

static u16 length(const u8 *p)
{
    return get_le16(p);
}

/* ---- parameters ---- */

static unsigned signal_processor_params(u8 command)
{
    static const u8 count[16] = {[2] = 1, [4] = 1, [5] = 2, [11] = 1, [12] = 1, [14] = 2, [15] = 1};
    return count[command & 15];
}

static unsigned setting_params(const struct sb *sb, u8 command)
{
    switch (command & 15) {
    case 0x0:
        return 1;
    case 0x1:
    case 0x2:
    case 0xc:
    case 0xe:
    case 0xf:
        return since(sb, 4, 0) ? 2 : 0;
    case 0x8:
        return since(sb, 2, 0) ? 2 : 0;
    case 0xd:
        return since(sb, 4, 0) ? 1 : 0;
    default:
        return 0;
    }
}

unsigned sb_params(const struct sb *sb, u8 command)
{
    u8 low = command & 15;
    switch (command >> 4) {
    case 0x0:
        return since(sb, 4, 0) ? signal_processor_params(command) : 0;
    case 0x1:
        return low & AUTO ? 0 : low & SINGLE ? 2 : 1;
    case 0x2:
    case 0x7:
        return !(low & AUTO) && (low & SINGLE) ? 2 : 0;
    case 0x3:
        return low & MIDI_WRITE ? 1 : 0;
    case 0x4:
        return setting_params(sb, command);
    case 0x8:
        return 2;
    case 0xb:
    case 0xc:
        return since(sb, 4, 0) ? 3 : 0;
    case 0xe:
        return low == 0 || low == 2 || low == 4 ? 1 : 0;
    case 0xf:
        return since(sb, 4, 0) && (low == 9 || low == 10) ? low - 8u : 0;
    default:
        return 0;
    }
}

/* ---- transfers ---- */

/*
 * A single transfer that is asked for while an auto-initialised one runs is the way out of it: it
 * follows the present block.
 */
static void single(struct sb *sb, unsigned which, struct sb_transfer how, u32 units)
{
    struct sb_transfer *t = &sb->transfer[which];
    if (t->running && t->auto_init && t->record == how.record) {
        t->single_next = true;
        t->single_units = units;
        return;
    }
    how.block = units;
    sb_transfer_start(sb, which, &how);
}

static void repeated(struct sb *sb, unsigned which, struct sb_transfer how, u32 units)
{
    how.auto_init = true;
    how.block = units;
    sb_transfer_start(sb, which, &how);
}

/* Groups 1, 2 and 7: 8 bits, unsigned or packed. */
static void transfer_8(struct sb *sb, u8 format, bool record)
{
    u8 low = sb->dsp.command & 15;
    struct sb_transfer how = {
        .format = format, .record = record, .reference = format != SB_PCM && (low & REFERENCE)};
    if (!(low & AUTO))
        single(sb, SB_8BIT, how, length(sb->dsp.param) + 1u);
    else if (since(sb, 2, 0))
        repeated(sb, SB_8BIT, how, sb->dsp.block + 1u);
}

static void output(struct sb *sb)
{
    u8 low = sb->dsp.command & 15;
    if (low & (AUTO | SINGLE)) {
        transfer_8(sb, low & OTHER_FORMAT ? SB_ADPCM2 : SB_PCM, false);
    } else {
        s16 v = (s16)((sb->dsp.param[0] ^ 0x80) << 8);
        sb_voice_level(sb, (struct sound_frame){v, v});
    }
}

static void input(struct sb *sb)
{
    if (sb->dsp.command & (AUTO | SINGLE))
        transfer_8(sb, SB_PCM, true);
    else
        sb_dsp_answer(sb, sb_input_now(sb));
}

static void packed_output(struct sb *sb)
{
    u8 low = sb->dsp.command & 15;
    if (low & (AUTO | SINGLE))
        transfer_8(sb, low & OTHER_FORMAT ? SB_ADPCM26 : SB_ADPCM4, false);
}

static void silence(struct sb *sb)
{
    struct sb_transfer how = {.format = SB_SILENCE, .block = length(sb->dsp.param) + 1u};
    sb_transfer_start(sb, SB_8BIT, &how);
}

static void high_speed(struct sb *sb)
{
    u8 low = sb->dsp.command & 15;
    struct sb_transfer how = {
        .record = low & HS_RECORD, .auto_init = !(low & HS_SINGLE), .block = sb->dsp.block + 1u};
    if (!since(sb, 2, 1))
        return;
    /* From 4.00 on it is a transfer like any other, and commands are heard while it runs. */
    sb->dsp.high_speed = !since(sb, 4, 0);
    sb_transfer_start(sb, SB_8BIT, &how);
}

/* Groups B and C. */
static void transfer_new(struct sb *sb, unsigned which)
{
    u8 low = sb->dsp.command & 15, mode = sb->dsp.param[0];
    u32 units = length(sb->dsp.param + 1) + 1u;
    struct sb_transfer how = {
        .record = low & RECORD, .is_signed = mode & MODE_SIGNED, .stereo = mode & MODE_STEREO};
    if (!since(sb, 4, 0))
        return;
    if (which == SB_8BIT)
        sb->dsp.block = length(sb->dsp.param + 1);
    if (low & AUTO_INIT)
        repeated(sb, which, how, units);
    else
        single(sb, which, how, units);
}

/* ---- settings ---- */

static void setting(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    bool v2 = since(sb, 2, 0), v4 = since(sb, 4, 0);
    switch (d->command & 15) {
    case 0x0:
        d->time_constant = d->param[0];
        d->rate = 0;
        if (!v4) /* else it is for what begins next */
            sb_new_rate(sb);
        break;
    case 0x1:
    case 0x2:
        if (v4)
            d->rate = (u16)(d->param[0] << 8 | d->param[1]);
        break;
    case 0x4:
    case 0x6:
        if (v4)
            sb_transfer_pause(sb, d->command & 2 ? SB_16BIT : SB_8BIT, true);
        break;
    case 0x5:
    case 0x7:
        if (v4 || (v2 && !(d->command & 2)))
            sb_transfer_pause(sb, d->command & 2 ? SB_16BIT : SB_8BIT, false);
        break;
    case 0x8:
        if (v2)
            d->block = length(d->param);
        break;
    case 0xd:
        if (v4)
            sb_dsp_answer(sb, 0xff);
        break;
    default:
        break;
    }
}

static void leave_auto_init(struct sb *sb, unsigned which)
{
    struct sb_transfer *t = &sb->transfer[which];
    t->auto_init = false;
    t->single_next = false;
}

static void set_speaker(struct sb *sb, bool on)
{
    sb->dsp.speaker = on;
    if (!since(sb, 4, 0) && !on)
        sb_voice_silence(sb);
}

static void control(struct sb *sb)
{
    bool v2 = since(sb, 2, 0), v4 = since(sb, 4, 0);
    switch (sb->dsp.command & 15) {
    case 0x0:
        sb_transfer_pause(sb, SB_8BIT, true);
        break;
    case 0x1:
        set_speaker(sb, true);
        break;
    case 0x3:
        set_speaker(sb, false);
        break;
    case 0x4:
        sb_transfer_pause(sb, SB_8BIT, false);
        break;
    case 0x5:
        if (v4)
            sb_transfer_pause(sb, SB_16BIT, true);
        break;
    case 0x6:
        if (v4)
            sb_transfer_pause(sb, SB_16BIT, false);
        break;
    case 0x8:
        if (v2)
            sb_dsp_answer(sb, sb->dsp.speaker ? 0xff : 0x00);
        break;
    case 0x9:
        if (v4)
            leave_auto_init(sb, SB_16BIT);
        break;
    case 0xa:
        if (v2)
            leave_auto_init(sb, SB_8BIT);
        break;
    default:
        break;
    }
}

/* ---- MIDI ---- */

static void midi(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    if (d->command & MIDI_WRITE)
        sb_midi_byte(sb, d->param[0]);
    else if (!(d->command & MIDI_UART) || since(sb, 2, 0))
        sb_midi_begin(sb, d->command);
}

/* ---- identification ---- */

/* A byte by DMA that only the DSP can know: each number is mixed into all that came before. */
static void dma_identification(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    d->id_sum = (u8)(d->id_sum + (d->param[0] ^ d->id_key));
    d->id_key = (u8)(d->id_key >> 2 | d->id_key << 6);
    sb_dma_byte(sb, d->id_sum);
}

static void identify(struct sb *sb)
{
    static const char copyright[] = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";
    struct sb_dsp *d = &sb->dsp;
    switch (d->command & 15) {
    case 0x0:
        sb_dsp_answer(sb, (u8)~d->param[0]);
        break;
    case 0x1:
        sb_dsp_answer(sb, sb->card->major);
        sb_dsp_answer(sb, sb->card->minor);
        break;
    case 0x2:
        dma_identification(sb);
        break;
    case 0x3:
        for (size_t i = 0; since(sb, 3, 0) && i < sizeof(copyright); i++)
            sb_dsp_answer(sb, (u8)copyright[i]);
        break;
    case 0x4:
        d->test = d->param[0];
        break;
    case 0x8:
        sb_dsp_answer(sb, d->test);
        break;
    default:
        break;
    }
}

/* ---- inside the DSP ---- */

static u8 running(const struct sb *sb)
{
    u8 v = 0;
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        const struct sb_transfer *t = &sb->transfer[i];
        if (t->running)
            v |= (u8)((t->record ? 2 : 1) << (2 * i));
    }
    return v;
}

static u8 waiting(const struct sb *sb)
{
    u8 v = 0;
    for (unsigned i = 0; i < SB_TRANSFERS; i++) {
        const struct sb_transfer *t = &sb->transfer[i];
        v |= (u8)((t->single_next ? 2 : 0) << (2 * i));
        v |= (u8)((t->running && t->auto_init ? 4 : 0) << (2 * i));
    }
    return v;
}

/* A byte of the 8052's memory: what lives there has the addresses of firmware 4.05. */
static u8 peek(const struct sb *sb, u8 address)
{
    const struct sb_dsp *d = &sb->dsp;
    switch (address) {
    case 0x0e:
        return (u8)d->block;
    case 0x0f:
        return (u8)(d->block >> 8);
    case 0x20:
        return d->this_command;
    case 0x23:
        return (u8)(running(sb) | d->speaker << 4);
    case 0x24:
        return waiting(sb);
    case 0x25:
        return d->id_sum;
    case 0x26:
        return d->id_key;
    case 0x2a:
        return d->test;
    case 0x30:
        return d->last_command;
    default:
        return d->ram[address];
    }
}

static void inside(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    u8 low = d->command & 15;
    if (low == 2) {
        sb_raise(sb, SB_IRQ_8BIT);
        return;
    }
    if (low == 8) {
        sb_dsp_answer(sb, 0);
        return;
    }
    if (!since(sb, 4, 0))
        return;
    switch (low) {
    case 0x3:
        sb_raise(sb, SB_IRQ_16BIT);
        break;
    case 0x9:
        sb_dsp_answer(sb, peek(sb, d->param[0]));
        break;
    case 0xa:
        if (d->param[0] == 0x2a)
            d->test = d->param[1];
        d->ram[d->param[0]] = d->param[1];
        break;
    case 0xb:
        sb_dsp_answer(sb, peek(sb, 0x23));
        break;
    case 0xc:
        sb_dsp_answer(sb, peek(sb, 0x24));
        break;
    case 0xd:
        sb_dsp_answer(sb, d->last_command);
        break;
    default:
        break;
    }
}

/* ---- the signal processor ---- */

/*
 * 01h is answered by 0; then comes a length, as many bytes less one (the last two are a checksum),
 * an answer, and a number of two bytes.
 */
enum { UPLOAD_LENGTH = 1, UPLOAD_DATA, UPLOAD_NUMBER, UPLOAD_PHASE = 24, UPLOAD_LEFT = 0xffffff };

static u32 upload(u32 phase, u32 bytes)
{
    return phase << UPLOAD_PHASE | bytes;
}

void sb_upload(struct sb *sb, u8 v)
{
    struct sb_dsp *d = &sb->dsp;
    u32 phase = d->upload >> UPLOAD_PHASE;
    u32 left = (d->upload & UPLOAD_LEFT) - 1;
    if (phase == UPLOAD_LENGTH)
        d->param[left ? 0 : 1] = v;
    d->upload = left ? upload(phase, left) : 0;
    if (left)
        return;
    if (phase == UPLOAD_LENGTH) {
        u32 bytes = length(d->param);
        d->upload = upload(UPLOAD_DATA, bytes > 4 ? bytes - 1 : 3);
    } else if (phase == UPLOAD_DATA) {
        sb_dsp_answer(sb, 0xff);
        d->upload = upload(UPLOAD_NUMBER, 2);
    }
}

bool sb_upload_possible(const struct sb *sb)
{
    u32 phase = sb->dsp.upload >> UPLOAD_PHASE, left = sb->dsp.upload & UPLOAD_LEFT;
    return !sb->dsp.upload || (phase >= UPLOAD_LENGTH && phase <= UPLOAD_NUMBER && left >= 1 &&
                               left <= (phase == UPLOAD_DATA ? 0xffff : 2));
}

static void signal_processor(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    if (!since(sb, 4, 0))
        return;
    switch (d->command & 15) {
    case 0x1:
        if (!d->locks) {
            sb_dsp_answer(sb, 0);
            d->upload = upload(UPLOAD_LENGTH, 2);
        }
        break;
    case 0x3: /* its data, */
    case 0x8: /* version, */
    case 0xf: /* and registers */
        sb_dsp_answer(sb, 0xff);
        break;
    case 0x6:
        d->locks++;
        break;
    case 0x7:
        d->locks -= d->locks > 0;
        break;
    case 0x9:
        sb_dsp_answer(sb, d->ram[8]);
        sb_dsp_answer(sb, d->ram[9]);
        break;
    case 0xa:
        sb_dsp_answer(sb, d->locks);
        break;
    default:
        break;
    }
}

/* ---- all ---- */

void sb_execute(struct sb *sb)
{
    switch (sb->dsp.command >> 4) {
    case 0x0:
        signal_processor(sb);
        break;
    case 0x1:
        output(sb);
        break;
    case 0x2:
        input(sb);
        break;
    case 0x3:
        midi(sb);
        break;
    case 0x4:
        setting(sb);
        break;
    case 0x7:
        packed_output(sb);
        break;
    case 0x8:
        silence(sb);
        break;
    case 0x9:
        high_speed(sb);
        break;
    case 0xa: /* A0h, A8h: what a Pro records */
        if (sb->card->mixer == SB_CT1345)
            sb->dsp.stereo_in = sb->dsp.command & RECORD_STEREO;
        break;
    case 0xb:
        transfer_new(sb, SB_16BIT);
        break;
    case 0xc:
        transfer_new(sb, SB_8BIT);
        break;
    case 0xd:
        control(sb);
        break;
    case 0xe:
        identify(sb);
        break;
    case 0xf:
        inside(sb);
        break;
    default: /* no commands */
        break;
    }
}
