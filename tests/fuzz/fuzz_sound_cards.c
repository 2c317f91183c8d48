/*
 * fuzz_sound_cards.c - an AdLib, an OPL3 and an UltraSound with somebody who listens: any access at
 * any time, DMA of any length, then a damaged snapshot with a right checksum that plays on.
 */
#include "hw/sound/gus.h"
#include "hw/sound/opl3.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

struct cards {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct device *device[5]; /* the mixer first, then the line input */
    u32 dma_left;
    u64 heard;
};

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct cards *t = opaque;
    (void)first;
    for (unsigned i = 0; i < count; i++)
        t->heard += (u16)frames[i].left ^ (u16)frames[i].right;
}

static u32 dma(void *controller, int channel, u8 *data, u32 len, bool *tc)
{
    struct cards *t = controller;
    (void)channel;
    u32 n = len < t->dma_left ? len : t->dma_left;
    if (data)
        memset(data, 0xa5, n);
    t->dma_left -= n;
    *tc = n && !t->dma_left;
    return n;
}

static u32 dma_out(void *controller, int channel, const u8 *data, u32 len, bool *tc)
{
    (void)data;
    return dma(controller, channel, NULL, len, tc);
}

static void sing(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque;
    for (unsigned i = 0; i < count; i++)
        frames[i] = (struct sound_frame){(s16)((first + i) * 40503), (s16)((first + i) * 257)};
}

static const struct sound_inlet inlet = {sing, NULL};

static struct cards *begin(void)
{
    static const struct device_class *const classes[] = {&mixer_class, &line_in_class, &adlib_class,
                                                         &opl3_class, &gus_class};
    struct cards *t = calloc(1, sizeof(*t));
    struct err e;
    if (!t || !bus_init(&t->bus, &t->log) || !phys_init(&t->phys, 1 << 20, &t->log))
        abort();
    clock_init(&t->clock);
    t->board = (struct board){&t->bus, &t->phys, &t->clock, &t->log, NULL};
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        t->device[i] = device_new(classes[i], NULL);
        if (classes[i] == &adlib_class)
            ((struct adlib *)t->device[i])->base = 0x228;
        if (!device_realize(t->device[i], &t->board, &e))
            abort();
        device_reset(t->device[i]);
    }
    struct mixer *m = (struct mixer *)t->device[0];
    struct gus *g = (struct gus *)t->device[4];
    mixer_add(m, &((struct adlib *)t->device[2])->fm.sound);
    mixer_add(m, &((struct adlib *)t->device[3])->fm.sound);
    mixer_add(m, &g->sound);
    struct line_in *l = (struct line_in *)t->device[1];
    l->inlet = &inlet;
    l->mixer = m;
    line_in_plug(l, &g->input);
    g->dma.from_memory = dma;
    g->dma.to_memory = dma_out;
    g->dma.controller = t;
    return t;
}

static void end(struct cards *t)
{
    for (unsigned i = ARRAY_SIZE(t->device); i-- > 0;)
        device_free(t->device[i]);
    clock_free(&t->clock);
    phys_free(&t->phys);
    bus_free(&t->bus);
    free(t);
}

static void pass(struct cards *t, u64 ns)
{
    fuzz_advance(&t->clock, t->clock.now + ns);
    mixer_run((struct mixer *)t->device[0], t->clock.now);
}

static void step(struct cards *t, struct choices *c)
{
    static const u16 ports[] = {0x228, 0x229, 0x388, 0x389, 0x38a, 0x38b, 0x240, 0x246,
                                0x248, 0x249, 0x24b, 0x24f, 0x342, 0x343, 0x344, 0x345,
                                0x347, 0x345, 0x343, 0x389, 0x38b, 0x24a, 0x340, 0x341};
    struct gus *g = (struct gus *)t->device[4];
    u8 what = choose8(c);
    switch (what >> 5) {
    case 0:
        bus_in(&t->bus, ports[choose8(c) % ARRAY_SIZE(ports)], what & 1 ? 2 : 1);
        break;
    case 1:
        pass(t, (u64)choose8(c) << (what & 15) % 17);
        break;
    case 2: /* a register of the GF1 */
        bus_out(&t->bus, 0x343, what & 1 ? choose8(c) : what & 16 ? 0x49 : what & 15, 1);
        bus_out(&t->bus, 0x344, choose16(c), 2);
        break;
    case 3: /* one of an OPL */
        bus_out(&t->bus, what & 1 ? 0x388 : 0x38a, choose8(c), 1);
        bus_out(&t->bus, 0x389, choose8(c), 1);
        break;
    case 4:
        if (what & 1) {
            t->dma_left = choose16(c);
            g->dma.ready(g->dma.dev);
        } else { /* running, and lines on */
            bus_out(&t->bus, 0x240, 0x09, 1);
            bus_out(&t->bus, 0x343, 0x4c, 1);
            bus_out(&t->bus, 0x345, 7, 1);
        }
        break;
    default:
        bus_out(&t->bus, ports[choose8(c) % ARRAY_SIZE(ports)], choose16(c), what & 1 ? 2 : 1);
        break;
    }
}

static void all_states(void *opaque, struct state *s)
{
    struct cards *t = opaque;
    clock_state(&t->clock, s);
    for (unsigned i = 0; i < ARRAY_SIZE(t->device); i++)
        device_state(t->device[i], s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size / 2};
    struct cards *t = begin(), *other;
    struct sound_sink sink = {hear, t};
    size_t length, again;
    if (choose8(&c) & 3)
        mixer_listen((struct mixer *)t->device[0], &sink);
    while (choices_left(&c))
        step(t, &c);
    u8 *bytes = snapshot_save(all_states, t, &length), *damaged = malloc(length);
    if (!damaged)
        abort();
    struct snapshot_fields fields = snapshot_fields(bytes, length);
    memcpy(damaged, bytes, length);
    c.end = data + size;
    snapshot_damage(damaged, &fields, 0, &c);
    snapshot_seal(damaged, length);
    if (!snapshot_load(all_states, t, damaged, length) &&
        !snapshot_load(all_states, t, bytes, length))
        abort();
    while (choices_left(&c))
        step(t, &c);
    pass(t, 30 * NS_PER_MS);
    free(fields.field);
    free(damaged);
    free(bytes);
    bytes = snapshot_save(all_states, t, &again);
    other = begin();
    if (!snapshot_load(all_states, other, bytes, again))
        abort();
    free(bytes);
    end(other);
    end(t);
    return 0;
}
