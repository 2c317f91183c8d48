/*
 * fuzz_es1370.c - an AudioPCI with somebody who listens: any access at any time, frames anywhere in
 * memory, then a damaged snapshot with a right checksum that plays on.
 */
#include "hw/sound/es1370.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

enum { AT = 0xc200, SLOT = 3 };

struct rig {
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct mixer *mixer;
    struct pci *pci;
    struct es1370 *card;
    struct line_in *line;
    struct midi_in *midi;
    u64 heard;
};

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct rig *r = opaque;
    (void)first;
    for (unsigned i = 0; i < count; i++)
        r->heard += (u16)frames[i].left ^ (u16)frames[i].right;
}

static void sing(void *opaque, struct sound_frame *frames, unsigned count, u64 first)
{
    (void)opaque;
    for (unsigned i = 0; i < count; i++)
        frames[i] = (struct sound_frame){(s16)((first + i) * 40503), (s16)((first + i) * 257)};
}

static size_t play(void *opaque, u64 from, u64 to, u8 *data, size_t max)
{
    (void)opaque;
    memset(data, (int)(from & 0xff), max);
    return (to ^ from) >> 20 & 1 ? max : 0;
}

static const struct sound_inlet inlet = {sing, NULL};
static const struct midi_source source = {play, NULL};

static struct rig *begin(void)
{
    struct rig *r = calloc(1, sizeof(*r));
    if (!r || !bus_init(&r->bus, &r->log) || !phys_init(&r->phys, 1 << 20, &r->log))
        abort();
    clock_init(&r->clock);
    r->board = (struct board){&r->bus, &r->phys, &r->clock, &r->log, NULL};
    r->mixer = (struct mixer *)device_new(&mixer_class, NULL);
    r->pci = (struct pci *)device_new(&pci_class, NULL);
    r->card = (struct es1370 *)device_new(&es1370_class, NULL);
    pci_attach(r->pci, &r->card->pci, PCI_DEVFN(SLOT, 0));
    r->line = (struct line_in *)device_new(&line_in_class, NULL);
    r->midi = (struct midi_in *)device_new(&midi_in_class, NULL);
    struct device *const all[] = {&r->mixer->dev, &r->pci->dev, &r->line->dev, &r->midi->dev,
                                  &r->card->dev};
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        if (!device_realize(all[i], &r->board, NULL))
            abort();
        device_reset(all[i]);
    }
    r->line->inlet = &inlet;
    r->line->mixer = r->mixer;
    r->midi->source = &source;
    line_in_plug(r->line, &r->card->input);
    midi_in_plug(r->midi, &r->card->midi_in);
    mixer_add(r->mixer, &r->card->channel[ES_DAC1].sound);
    mixer_add(r->mixer, &r->card->channel[ES_DAC2].sound);
    if (!mixer_listen(r->mixer, &(struct sound_sink){hear, r}))
        abort();
    pci_config_write(r->pci, PCI_DEVFN(SLOT, 0), PCI_BAR0, AT, 4);
    pci_config_write(r->pci, PCI_DEVFN(SLOT, 0), PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE, 2);
    bus_out(&r->bus, AT + ES_CONTROL, CTRL_CDC_EN, 4);
    return r;
}

static void end(struct rig *r)
{
    device_free(&r->card->dev);
    device_free(&r->midi->dev);
    device_free(&r->line->dev);
    device_free(&r->pci->dev);
    device_free(&r->mixer->dev);
    clock_free(&r->clock);
    phys_free(&r->phys);
    bus_free(&r->bus);
    free(r);
}

static void pass(struct rig *r, u64 ns)
{
    u64 to = r->clock.now + ns;
    while (r->clock.now < to) { /* as the run loop does */
        u64 step = to - r->clock.now < 5 * NS_PER_MS ? to - r->clock.now : 5 * NS_PER_MS;
        fuzz_advance(&r->clock, r->clock.now + step);
        mixer_run(r->mixer, r->clock.now);
    }
}

static void step(struct rig *r, struct choices *c)
{
    static const u16 often[] = {ES_CONTROL, ES_SERIAL,    ES_COUNT,     ES_COUNT + 4,
                                ES_CODEC,   ES_COUNT + 8, ES_FRAME + 4, ES_FRAME + 12};
    u8 what = choose8(c), offset = choose8(c);
    unsigned size = 1u << (what >> 4 & 3) % 3;
    switch (what & 7) {
    case 0:
    case 1:
        bus_out(&r->bus, (u16)(AT + offset % ES1370_PORTS), choose32(c), size);
        break;
    case 2:
    case 3:
        bus_out(&r->bus, AT + often[offset % ARRAY_SIZE(often)], choose32(c), 4);
        break;
    case 4:
        bus_in(&r->bus, (u16)(AT + offset % ES1370_PORTS), size);
        break;
    case 5: /* codec open, page chosen, all three on */
        bus_out(&r->bus, AT + ES_PAGE, ES_PAGE_DAC + (offset & 1), 4);
        bus_out(&r->bus, AT + ES_CONTROL,
                CTRL_CDC_EN | CTRL_DAC1_EN | CTRL_DAC2_EN | CTRL_ADC_EN | (u32)offset << 18 |
                    (offset & 2 ? CTRL_UART_EN : 0),
                4);
        break;
    case 6:
        pci_config_write(r->pci, PCI_DEVFN(SLOT, 0), PCI_COMMAND, PCI_IO_ENABLE | (offset & 4), 2);
        break;
    default:
        pass(r, choose32(c) % (20 * NS_PER_MS));
        break;
    }
}

static void whole_state(struct rig *r, struct state *s)
{
    clock_state(&r->clock, s);
    device_state(&r->mixer->dev, s);
    device_state(&r->pci->dev, s);
    device_state(&r->line->dev, s);
    device_state(&r->midi->dev, s);
    device_state(&r->card->dev, s);
}

#include "tests/fuzz/device_rounds.h"
