/*
 * fuzz_sound.c - the sound card and its DMA: any commands with any parameters in any order, the
 * DMA controller set up and moved meanwhile, MIDI, mixers, time passing; with and without somebody
 * who listens; the machine saved and loaded in between.
 */
#include "tests/fuzz/board.h"

#include "hw/sound/sb.h"

enum { RELOADS = 2 };

static void take(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    u64 *next = opaque;
    (void)frames;
    if (*next && first != *next)
        abort();
    *next = first + count;
}

/* The card's own, mostly; the DMA controllers'; MIDI. */
static u16 port(struct choices *c)
{
    static const u16 usual[] = {0x22c, 0x22c, 0x22c, 0x22c, 0x22a, 0x22e, 0x22f, 0x226,
                                0x224, 0x225, 0x330, 0x331, 0x388, 0x389, 0x220, 0x228};
    static const u16 dma[] = {0x02, 0x03, 0x0a, 0x0b, 0x0c, 0x0f, 0x83, 0x08,
                              0xc4, 0xc6, 0xd4, 0xd6, 0xd8, 0xde, 0x8b, 0xd0};
    u8 what = choose8(c);
    return what & 0x40   ? dma[what & 15]
           : what & 0x80 ? (u16)(0x220 + (what & 15))
                         : usual[what & 15];
}

/* A whole command, as a driver would give it; every second one is one that plays. */
static void command(struct board_under_test *t, struct choices *c)
{
    static const u8 playing[] = {0x14, 0x1c, 0x90, 0x91, 0x16, 0x1f, 0x74, 0x7d, 0x76,
                                 0x7f, 0x80, 0x10, 0xb6, 0xb0, 0xc6, 0xc0, 0xb8, 0xce,
                                 0x24, 0x2c, 0x48, 0x41, 0x37, 0x20, 0x98, 0xa8};
    u8 what = choose8(c);
    u8 v = what & 1 ? choose8(c) : playing[what / 2 % ARRAY_SIZE(playing)];
    bus_out(&t->pc->bus, 0x22c, v, 1);
    for (unsigned i = 0; i < 3; i++)
        bus_out(&t->pc->bus, 0x22c, choose8(c), 1);
}

static struct board_under_test *reload(struct board_under_test *t)
{
    size_t size;
    u8 *bytes = board_save(t, false, &size);
    struct board_under_test *other = board_begin();
    if (!board_load(other, false, bytes, size))
        abort();
    free(bytes);
    board_end(t);
    return other;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct board_under_test *t = board_begin();
    u64 next = 0;
    const struct sound_sink sink = {take, &next};
    unsigned reloads = 0;

    if (choose8(&c) & 1)
        mixer_listen(t->pc->sound, &sink);
    while (choices_left(&c)) {
        u8 what = choose8(&c);
        if (what < 0x60)
            bus_out(&t->pc->bus, port(&c), choose8(&c), 1);
        else if (what < 0x90)
            bus_in(&t->pc->bus, port(&c), 1);
        else if (what < 0xc0)
            command(t, &c);
        else if (what < 0xfc)
            fuzz_advance(&t->clock, t->clock.now + choose16(&c) * (what & 1 ? 1000ull : 50ull));
        else if (reloads++ < RELOADS && !t->pc->sound->sinks)
            t = reload(t);
        mixer_run(t->pc->sound, t->clock.now);
    }
    fuzz_advance(&t->clock, t->clock.now + 100 * NS_PER_MS);
    bus_out(&t->pc->bus, 0x226, 1, 1);
    bus_out(&t->pc->bus, 0x226, 0, 1);
    fuzz_advance(&t->clock, t->clock.now + NS_PER_MS);
    if (bus_in(&t->pc->bus, 0x22a, 1) != 0xaa)
        abort();
    pc_reset(t->pc);
    board_end(t);
    return 0;
}
