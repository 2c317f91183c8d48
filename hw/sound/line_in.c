/*
 * line_in.c - blocks of what is recorded, and the level at an instant. See line_in.h.
 */
#include "hw/sound/line_in.h"
#include "hw/base/journal.h"
#include "hw/bus/slots.h"
#include "hw/sound/filter.h"
#include "hw/sound/mixer.h"

#include <string.h>

#define BLOCK_NS (NS_PER_SEC * LINE_IN_BLOCK / SOUND_IN_RATE)
#define POLL_NS (100 * NS_PER_MS)

enum { FRAME_BYTES = 4, BEFORE = FILTER_TAPS / 2 - 1 };
/* Frames and the rest of one: 6/125000 frames a nanosecond. */
enum { UP = 6, DOWN = 125000 };

static u64 now(const struct line_in *l)
{
    return clock_now(l->dev.board->clock);
}

/* ---- blocks ---- */

static void clear(struct line_in *l)
{
    memset(l->left, 0, sizeof(l->left));
    memset(l->right, 0, sizeof(l->right));
}

/* A note: the block's number, and its frames. */
enum { NOTE_HEAD = 8, NOTE = NOTE_HEAD + LINE_IN_BLOCK * FRAME_BYTES };

static void replay(struct line_in *l, u64 block, struct sound_frame *frames)
{
    struct journal *j = l->dev.board->clock->journal;
    const struct journal_entry *e = journal_due(j);
    const u8 *data;
    if (!e || e->size != NOTE || get_le64(journal_data(j, e)) != block ||
        !journal_take(j, JOURNAL_SOUND, l->dev.ordinal, &data))
        return;
    for (unsigned i = 0; i < LINE_IN_BLOCK; i++) {
        const u8 *at = data + NOTE_HEAD + FRAME_BYTES * i;
        frames[i] = (struct sound_frame){(s16)get_le16(at), (s16)get_le16(at + 2)};
    }
}

/* Blocks of silence are not noted: nobody has to keep them. */
static void ask(struct line_in *l, u64 block, struct sound_frame *frames)
{
    struct journal *j = l->dev.board->clock->journal;
    u8 note[NOTE];
    bool silent = true;
    memset(frames, 0, LINE_IN_BLOCK * sizeof(*frames));
    if (journal_replays(j)) {
        replay(l, block, frames);
        return;
    }
    l->inlet->give(l->inlet->opaque, frames, LINE_IN_BLOCK, block * LINE_IN_BLOCK);
    if (!journal_notes(j))
        return;
    put_le64(note, block);
    for (unsigned i = 0; i < LINE_IN_BLOCK; i++) {
        u8 *at = note + NOTE_HEAD + FRAME_BYTES * i;
        silent &= !frames[i].left && !frames[i].right;
        put_le16(at, (u16)frames[i].left);
        put_le16(at + 2, (u16)frames[i].right);
    }
    if (!silent)
        journal_note(j, JOURNAL_SOUND, l->dev.ordinal, note, sizeof(note));
}

static void fetch(struct line_in *l, u64 block)
{
    struct sound_frame frames[LINE_IN_BLOCK];
    enum { OLD = LINE_IN_KEPT - LINE_IN_BLOCK };
    ask(l, block, frames);
    memmove(l->left, l->left + LINE_IN_BLOCK, OLD * sizeof(l->left[0]));
    memmove(l->right, l->right + LINE_IN_BLOCK, OLD * sizeof(l->right[0]));
    for (unsigned i = 0; i < LINE_IN_BLOCK; i++) {
        l->left[OLD + i] = frames[i].left;
        l->right[OLD + i] = frames[i].right;
    }
    l->block = block;
}

static bool wanted(const struct line_in *l)
{
    bool any = now(l) < l->wanted;
    for (const struct line_input *in = l->inputs; in; in = in->next)
        any |= in->records(in->card);
    return any;
}

static void on_block(void *opaque)
{
    struct line_in *l = opaque;
    if (!wanted(l))
        return;
    fetch(l, l->block + 1);
    timer_arm(&l->next, (l->block + 1) * BLOCK_NS);
}

/* The present block; and the one before it, for what is heard is old. */
static void begin(struct line_in *l)
{
    if (timer_armed(&l->next))
        return;
    u64 block = now(l) / BLOCK_NS;
    clear(l);
    if (block)
        fetch(l, block - 1);
    fetch(l, block);
    timer_arm(&l->next, (block + 1) * BLOCK_NS);
}

/* ---- for cards ---- */

void line_input_attach(struct device *d, struct line_input *in, bool (*records)(const void *card),
                       const void *card)
{
    bool alone = !d->board || !d->board->slots;
    *in = (struct line_input){.records = records, .card = card};
    in->line = alone ? NULL : (struct line_in *)slots_find(d, &line_in_class, NULL);
    if (in->line)
        line_in_plug(in->line, in);
}

void line_in_plug(struct line_in *l, struct line_input *in)
{
    in->line = l;
    in->next = l->inputs;
    l->inputs = in;
}

void line_input_detach(struct line_input *in)
{
    if (!in->line)
        return;
    struct line_input **at = &in->line->inputs;
    while (*at && *at != in)
        at = &(*at)->next;
    if (*at)
        *at = in->next;
    in->line = NULL;
}

void line_input_begin(struct line_input *in)
{
    if (in->line)
        begin(in->line);
}

void line_input_poll(struct line_input *in)
{
    if (!in->line)
        return;
    in->line->wanted = now(in->line) + POLL_NS;
    begin(in->line);
}

static s16 clip(s32 v)
{
    return (s16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

struct sound_frame line_input_at(const struct line_input *in, u64 when, u32 rate)
{
    const struct line_in *l = in->line;
    u64 oldest = l && l->block >= 2 ? (l->block - 2) * LINE_IN_BLOCK : 0;
    if (!l || when < LINE_IN_LATE_NS || when > UINT64_MAX / UP)
        return (struct sound_frame){0, 0};
    u64 place = (when - LINE_IN_LATE_NS) * UP, frame = place / DOWN;
    u64 first = frame - BEFORE - oldest; /* of the block that may not have been: behind the end */
    u64 kept = l->block < 2 ? (l->block + 1) * LINE_IN_BLOCK : LINE_IN_KEPT;
    if (frame < BEFORE + oldest || first + FILTER_TAPS > kept)
        return (struct sound_frame){0, 0};
    first += LINE_IN_KEPT - kept;
    const struct sound_filter *f =
        mixer_filter(l->mixer, SOUND_IN_RATE, rate ? rate : SOUND_IN_RATE);
    u32 behind = (u32)(((place % DOWN) << 24) / DOWN);
    return (struct sound_frame){clip(filter_at(l->left + first, f, behind)),
                                clip(filter_at(l->right + first, f, behind))};
}

/* ---- the device ---- */

static bool line_in_realize(struct device *d, const struct board *b, struct err *e)
{
    struct line_in *l = (struct line_in *)d;
    (void)e;
    l->inlet = slots_sound_in(d);
    l->mixer = (struct mixer *)slots_find(d, &mixer_class, NULL);
    timer_init(&l->next, b->clock, on_block, l);
    return true;
}

static void line_in_reset(struct device *d)
{
    struct line_in *l = (struct line_in *)d;
    timer_disarm(&l->next);
    l->block = l->wanted = 0;
    clear(l);
}

static void line_in_state(struct device *d, struct state *s)
{
    struct line_in *l = (struct line_in *)d;
    timer_state(&l->next, s, "next");
    state_u64(s, "block", &l->block);
    state_u64(s, "wanted", &l->wanted);
    state_u16s(s, "left", (u16 *)l->left, LINE_IN_KEPT);
    state_u16s(s, "right", (u16 *)l->right, LINE_IN_KEPT);
    if (!state_loading(s) || !state_ok(s))
        return;
    if (l->wanted > now(l) + POLL_NS || l->block > now(l) / BLOCK_NS ||
        (timer_armed(&l->next) &&
         (l->next.when != (l->block + 1) * BLOCK_NS || l->next.when < now(l))))
        state_fail(s, "the line input's blocks cannot be");
}

static void line_in_destroy(struct device *d)
{
    struct line_in *l = (struct line_in *)d;
    timer_disarm(&l->next);
    while (l->inputs)
        line_input_detach(l->inputs);
}

static void line_in_describe(const struct device *d, FILE *out)
{
    const struct line_in *l = (const struct line_in *)d;
    fprintf(out, "%s\n", timer_armed(&l->next) ? "listened to" : "nobody records");
}

const struct device_class line_in_class = {
    .name = "line_in",
    .doc = "line input of the sound cards",
    .size = sizeof(struct line_in),
    .bus = BUS_OUTSIDE,
    .optional = true,
    .state_version = 1,
    .realize = line_in_realize,
    .reset = line_in_reset,
    .state = line_in_state,
    .destroy = line_in_destroy,
    .describe = line_in_describe,
};
