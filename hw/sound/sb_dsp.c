/*
 * sb_dsp.c - the Sound Blaster's DSP as a program sees it: reset, bytes in, bytes out (Creative,
 * "Sound Blaster Series Hardware Programming Guide", chapter 2). What commands do is in sb_exec.c.
 *
 * A byte is taken at once, whatever the busy bit says, and acted upon at the instant of the write;
 * the bit is there for programs that wait for it, both ways: it is set for some time after each
 * byte, and for a moment every eight microseconds, as by the firmware's loop that looks for a
 * command.
 */
#include "hw/sound/sb.h"

enum {
    BOOT_NS = 100000, /* from the end of reset to AAh */
    COMMAND_NS = 9000,
    PARAM_NS = 4000,
    ANSWER_NS = 6000,
    IDLE_NS = 7919, /* the loop's pace, incommensurable with everybody else's */
    IDLE_BUSY_NS = 500
};

enum { READY = 0xaa };

static u64 now(const struct sb *sb)
{
    return clock_now(sb->dev.board->clock);
}

/* ---- answers ---- */

void sb_dsp_answer(struct sb *sb, u8 v)
{
    struct sb_dsp *d = &sb->dsp;
    if (d->answers == SB_ANSWER) { /* nobody has read them for long: the oldest goes */
        d->answer_at = (u8)((d->answer_at + 1) % SB_ANSWER);
        d->answers--;
    }
    if (!d->answers)
        d->answer_when = now(sb) + ANSWER_NS;
    d->answer[(d->answer_at + d->answers++) % SB_ANSWER] = v;
}

u8 sb_dsp_read(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    if (d->answers) {
        d->latch = d->answer[d->answer_at];
        d->answer_at = (u8)((d->answer_at + 1) % SB_ANSWER);
        d->answers--;
    }
    return d->latch;
}

u8 sb_dsp_read_status(const struct sb *sb)
{
    const struct sb_dsp *d = &sb->dsp;
    return d->answers && now(sb) >= d->answer_when ? 0xff : 0x7f;
}

u64 sb_dsp_read_steady(const struct sb *sb)
{
    const struct sb_dsp *d = &sb->dsp;
    return d->answers && now(sb) < d->answer_when ? d->answer_when : BUS_STEADY_TILL_TOLD;
}

static void drop_answers(struct sb_dsp *d)
{
    d->answer_at = d->answers = 0;
}

/* ---- reset ---- */

/* All that a reset does away with. */
static void forget(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    sb_transfers_stop(sb);
    d->have = d->want = 0;
    d->upload = 0;
    d->locks = 0;
    drop_answers(d);
    sb_acknowledge(sb, SB_IRQ_8BIT | SB_IRQ_16BIT);
}

static void defaults(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    d->speaker = false;
    d->stereo_in = d->right_in = false;
    d->block = 0x7ff;
    d->id_sum = 0xaa;
    d->id_key = 0x96;
}

/* Leaving a MIDI or high-speed mode keeps what was set before (chapter 2, "resetting"). */
static void begin_reset(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    bool warm = d->midi || d->high_speed;
    d->midi = 0;
    d->high_speed = false;
    forget(sb);
    if (!warm)
        defaults(sb);
}

static void on_boot(void *opaque)
{
    struct sb *sb = opaque;
    sb_dsp_answer(sb, READY);
    sb->dsp.answer_when = now(sb);
}

void sb_dsp_reset_port(struct sb *sb, u8 v)
{
    struct sb_dsp *d = &sb->dsp;
    bool high = v & 1;
    if (high == d->reset_high)
        return;
    d->reset_high = high;
    if (high) {
        timer_disarm(&d->boot);
        begin_reset(sb);
    } else {
        timer_arm(&d->boot, now(sb) + BOOT_NS);
    }
}

/* ---- bytes in ---- */

static bool deaf(const struct sb *sb)
{
    const struct sb_dsp *d = &sb->dsp;
    return d->reset_high || timer_armed(&d->boot) || d->high_speed;
}

u8 sb_dsp_write_status(const struct sb *sb)
{
    u64 t = now(sb);
    bool busy = deaf(sb) || t < sb->dsp.busy_until || t % IDLE_NS < IDLE_BUSY_NS;
    return busy ? 0xff : 0x7f;
}

u64 sb_dsp_write_steady(const struct sb *sb)
{
    u64 t = now(sb), cycle = t - t % IDLE_NS;
    if (deaf(sb))
        return 0;
    if (t < sb->dsp.busy_until)
        return sb->dsp.busy_until;
    return cycle + (t - cycle < IDLE_BUSY_NS ? IDLE_BUSY_NS : IDLE_NS);
}

void sb_dsp_write(struct sb *sb, u8 v)
{
    struct sb_dsp *d = &sb->dsp;
    if (deaf(sb))
        return;
    d->busy_until = now(sb) + PARAM_NS;
    if (d->midi & 4) { /* UART mode */
        sb_midi_byte(sb, v);
        return;
    }
    if (d->midi) { /* reading MIDI: any byte ends it */
        d->midi = 0;
        return;
    }
    if (d->upload) {
        sb_upload(sb, v);
        return;
    }
    if (d->want) {
        d->param[d->have++] = v;
    } else {
        d->command = v;
        d->last_command = d->this_command;
        d->this_command = v;
        d->have = 0;
        d->want = (u8)sb_params(sb, v);
    }
    if (d->have == d->want) {
        d->want = 0;
        d->busy_until = now(sb) + COMMAND_NS;
        sb_execute(sb);
    }
}

/* ---- life ---- */

void sb_dsp_init(struct sb *sb)
{
    timer_init(&sb->dsp.boot, sb->dev.board->clock, on_boot, sb);
}

void sb_dsp_power(struct sb *sb)
{
    struct sb_dsp *d = &sb->dsp;
    timer_disarm(&d->boot);
    struct timer boot = d->boot;
    *d = (struct sb_dsp){.boot = boot, .latch = READY};
    d->ram[0x37] = 0x38;
    forget(sb);
    defaults(sb);
}

void sb_dsp_state(struct sb *sb, struct state *s)
{
    struct sb_dsp *d = &sb->dsp;
    state_u8(s, "command", &d->command);
    state_bytes(s, "param", d->param, sizeof(d->param));
    state_u8(s, "have", &d->have);
    state_u8(s, "want", &d->want);
    state_u8(s, "last_command", &d->last_command);
    state_u8(s, "this_command", &d->this_command);
    state_bytes(s, "answer", d->answer, sizeof(d->answer));
    state_u8(s, "answer_at", &d->answer_at);
    state_u8(s, "answers", &d->answers);
    state_u8(s, "latch", &d->latch);
    state_u64(s, "busy_until", &d->busy_until);
    state_u64(s, "answer_when", &d->answer_when);
    state_bool(s, "reset_high", &d->reset_high);
    timer_state(&d->boot, s, "boot");
    state_bool(s, "speaker", &d->speaker);
    state_bool(s, "high_speed", &d->high_speed);
    state_u8(s, "midi", &d->midi);
    state_u8(s, "time_constant", &d->time_constant);
    state_u16(s, "rate", &d->rate);
    state_u16(s, "dsp_block", &d->block);
    state_u8(s, "test", &d->test);
    state_u8(s, "id_sum", &d->id_sum);
    state_u8(s, "id_key", &d->id_key);
    state_u32(s, "upload", &d->upload);
    state_u8(s, "locks", &d->locks);
    state_bytes(s, "ram", d->ram, sizeof(d->ram));
    if (state_loading(s) &&
        (d->have > SB_PARAMS || d->want > SB_PARAMS || (d->want && d->have >= d->want) ||
         (d->want && d->want != sb_params(sb, d->command)) || d->answer_at >= SB_ANSWER ||
         d->answers > SB_ANSWER || !sb_upload_possible(sb)))
        state_fail(s, "%s: a DSP that cannot be", sb->dev.name);
}
