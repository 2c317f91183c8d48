/*
 * test_es1370.c - the AudioPCI: identity, registers by width, rates and interrupts to the
 * nanosecond, samples of every format as they are heard, loop, stop and pause, memory counters, the
 * codec's volumes, recording, MIDI OUT, hostile settings; state in mid-note.
 */
#include "hw/sound/es1370.h"
#include "listening_room.h"

enum { SLOT = 3, AT = 0xc200, PIRQ = (SLOT + 1 + 2) % PCI_PIRQS, BUFFER = 0x20000 };
enum { VOICE_ON = 0x0c, FM_ON = 0x60, DB0 = 6 };

#define RATE_44100 (30u << 16) /* PCLKDIV: 1411200 / 32 */
#define P1_INTR 0x100u
#define P2_INTR 0x200u
#define R1_INTR 0x400u

static struct pci *spare; /* the bus of a room, whose bench has the mixer as its extra device */

static void configure(struct es1370 *e)
{
    pci_config_write(e->pci.pci, PCI_DEVFN(SLOT, 0), PCI_BAR0, AT, 4);
    pci_config_write(e->pci.pci, PCI_DEVFN(SLOT, 0), PCI_COMMAND, PCI_IO_ENABLE | PCI_MASTER_ENABLE,
                     2);
}

static struct device *make(struct bench *bench)
{
    struct pci *pci = (struct pci *)device_new(&pci_class, NULL);
    struct es1370 *e = (struct es1370 *)device_new(&es1370_class, NULL);
    for (unsigned i = 0; i < PCI_PIRQS; i++)
        pci->pirq[i] = bench_line(bench, (int)i);
    if (!bench->extra)
        bench->extra = &pci->dev;
    else
        spare = pci;
    bench_start(bench, &pci->dev);
    pci_attach(pci, &e->pci, PCI_DEVFN(SLOT, 0));
    bench_start(bench, &e->dev);
    configure(e);
    return &e->dev;
}

static struct bench b;
static struct es1370 *card;

static void setup(void)
{
    bench_init(&b);
    card = (struct es1370 *)make(&b);
}

static void teardown(void)
{
    bench_free(&b, &card->dev);
}

static void write_to(struct bench *bench, unsigned reg, u32 v)
{
    bus_out(&bench->bus, (u16)(AT + reg), v, 4);
}

static void set(unsigned reg, u32 v)
{
    write_to(&b, reg, v);
}

static u32 get(unsigned reg)
{
    return bus_in(&b.bus, (u16)(AT + reg), 4);
}

static void codec(struct bench *bench, u8 reg, u8 v)
{
    bus_out(&bench->bus, AT + ES_CODEC, (u32)reg << 8 | v, 2);
    run_for(bench, 20 * NS_PER_US);
}

static int line(void)
{
    return b.level[PIRQ];
}

/* Everything at 0 dB. */
static void open_codec(struct bench *bench)
{
    write_to(bench, ES_CONTROL, CTRL_CDC_EN);
    for (unsigned side = 0; side < 2; side++) {
        codec(bench, (u8)(AK4531_MASTER + side), 0);
        codec(bench, (u8)(AK4531_VOICE + side), DB0);
        codec(bench, (u8)(AK4531_FM + side), DB0);
    }
    codec(bench, AK4531_OUT_SW1, FM_ON);
    codec(bench, AK4531_OUT_SW2, VOICE_ON);
}

/* A channel's frame: so many double words at BUFFER, the first one next. */
static void set_frame(struct bench *bench, unsigned channel, u32 words, u16 samples)
{
    unsigned at = ES_FRAME + (channel == ES_DAC2 ? 8 : 0);
    write_to(bench, ES_PAGE, channel == ES_ADC ? ES_PAGE_ADC : ES_PAGE_DAC);
    write_to(bench, at, BUFFER);
    write_to(bench, at + 4, words - 1);
    write_to(bench, ES_COUNT + 4 * channel, samples - 1u);
}

static u32 position(unsigned channel)
{
    set(ES_PAGE, channel == ES_ADC ? ES_PAGE_ADC : ES_PAGE_DAC);
    return get(ES_FRAME + 4 + (channel == ES_DAC2 ? 8 : 0)) >> 16;
}

START_TEST(identity)
{
    struct pci *pci = (struct pci *)b.extra;
    ck_assert_uint_eq(pci_config_read(pci, PCI_DEVFN(SLOT, 0), 0, 4), 0x50001274);
    ck_assert_uint_eq(pci_config_read(pci, PCI_DEVFN(SLOT, 0), PCI_CLASS, 2), 0x0401);
    ck_assert_uint_eq(pci_config_read(pci, PCI_DEVFN(SLOT, 0), PCI_SUBSYSTEM_VENDOR, 4),
                      0x4c4c4942);
    pci_config_write(pci, PCI_DEVFN(SLOT, 0), PCI_BAR0, 0xffffffff, 4);
    ck_assert_uint_eq(pci_config_read(pci, PCI_DEVFN(SLOT, 0), PCI_BAR0, 4), 0xffffffc1);
    configure(card);
    ck_assert_uint_eq(get(ES_CONTROL), 1);
    ck_assert_uint_eq(get(ES_STATUS), 0x60);
}
END_TEST

START_TEST(registers_by_width)
{
    set(ES_CONTROL, 0x12340002);
    out8(&b, AT + ES_CONTROL + 2, 0x56);
    ck_assert_uint_eq(get(ES_CONTROL), 0x12560002);
    bus_out(&b.bus, AT + ES_CONTROL, 0x0003, 2);
    ck_assert_uint_eq(bus_in(&b.bus, AT + ES_CONTROL + 2, 2), 0x1256);
    ck_assert_uint_eq(in8(&b, AT + ES_CONTROL), 3);
    set(ES_SERIAL, 0xffffffff);
    ck_assert_uint_eq(get(ES_SERIAL), 0x003fffff);
    for (unsigned page = 0; page < 16; page++) {
        out8(&b, AT + ES_PAGE, (u8)page);
        for (unsigned i = 0; i < 4; i++)
            set(ES_FRAME + 4 * i, page * 0x01010101 + i);
    }
    for (unsigned page = 0; page < 16; page++) {
        set(ES_PAGE, page | 0xf0);
        ck_assert_uint_eq(get(ES_PAGE), page);
        for (unsigned i = 0; i < 4; i++)
            ck_assert_uint_eq(get(ES_FRAME + 4 * i), page * 0x01010101 + i);
    }
    set(ES_COUNT + 4, 0xffff1234);
    ck_assert_uint_eq(get(ES_COUNT + 4), 0x1234);
}
END_TEST

/* `blocks` interrupts of `samples` each, at the nanosecond. */
static void check_interrupts(unsigned channel, u32 control, u32 serial, u16 samples, u32 divider)
{
    static const u32 enable[] = {P1_INTR, P2_INTR, R1_INTR};
    static const u8 status[] = {STAT_DAC1, STAT_DAC2, STAT_ADC};
    set(ES_CONTROL, CTRL_CDC_EN);
    set_frame(&b, channel, 4096, samples);
    set(ES_SERIAL, serial | enable[channel]);
    u64 begin = b.clock.now;
    set(ES_CONTROL, control | CTRL_CDC_EN);
    for (u64 block = 1; block <= 5; block++) {
        u64 at = begin + block * samples * divider * NS_PER_SEC / 1411200;
        run_to(&b, at - 1);
        ck_assert_int_eq(line(), 0);
        run_to(&b, at);
        ck_assert_int_eq(line(), 1);
        ck_assert_uint_eq(get(ES_STATUS), STAT_INTR | 0x60 | status[channel]);
        set(ES_SERIAL, serial);
        ck_assert_int_eq(line(), 0);
        ck_assert_uint_eq(get(ES_STATUS), 0x60);
        set(ES_SERIAL, serial | enable[channel]);
    }
    set(ES_CONTROL, CTRL_CDC_EN);
}

START_TEST(rates_and_interrupts)
{
    for (u32 i = 0; i < 4; i++)
        check_interrupts(ES_DAC1, CTRL_DAC1_EN | i << 12, 3, 1000, 256u >> i);
    static const u32 dividers[] = {2, 29, 32, 128, 352, 8193};
    for (unsigned i = 0; i < ARRAY_SIZE(dividers); i++) {
        check_interrupts(ES_DAC2, CTRL_DAC2_EN | (dividers[i] - 2) << 16, 0x0c, 300, dividers[i]);
        check_interrupts(ES_ADC, CTRL_ADC_EN | (dividers[i] - 2) << 16, 0x30, 300, dividers[i]);
    }
    check_interrupts(ES_DAC2, CTRL_DAC2_EN | RATE_44100, 0, 1, 32); /* one by one */
}
END_TEST

/* Where the chip is: in double words, and in samples until the interrupt. */
START_TEST(counters)
{
    set_frame(&b, ES_DAC2, 100, 1000);
    set(ES_SERIAL, 0x0c);
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN | RATE_44100);
    ck_assert_uint_eq(get(ES_COUNT + 4), 999u << 16 | 999);
    u64 begin = b.clock.now;
    for (u64 n = 1; n < 2500; n += 7) {
        run_to(&b, begin + n * 10000000 / 441 + 2); /* the sample has just been played */
        ck_assert_uint_eq(position(ES_DAC2), n % 100);
        ck_assert_uint_eq(get(ES_COUNT + 4) >> 16, 999 - n % 1000);
    }
    /* 8 bits, one channel: four samples a double word. */
    set(ES_CONTROL, CTRL_CDC_EN);
    set_frame(&b, ES_DAC2, 100, 1000);
    set(ES_SERIAL, 0);
    begin = b.clock.now;
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN | RATE_44100);
    for (u64 n = 1; n < 900; n += 5) {
        run_to(&b, begin + n * 10000000 / 441 + 2);
        ck_assert_uint_eq(position(ES_DAC2), (n + 3) / 4 % 100);
    }
}
END_TEST

START_TEST(loop_stop_and_pause)
{
    set_frame(&b, ES_DAC1, 100, 441);
    set(ES_SERIAL, 3 | P1_INTR | 0x2000); /* P1_LOOP_SEL: stop */
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC1_EN | 0x3000);
    run_for(&b, 10 * NS_PER_MS);
    ck_assert_int_eq(line(), 1);
    u32 there = position(ES_DAC1);
    ck_assert_uint_eq(there, 441 % 100);
    run_for(&b, 50 * NS_PER_MS);
    ck_assert_uint_eq(position(ES_DAC1), there);
    set(ES_SERIAL, 3 | 0x2000);
    set(ES_SERIAL, 3 | P1_INTR | 0x2000 | 0x80); /* P1_SCT_RLD: once more */
    run_for(&b, 9 * NS_PER_MS);
    ck_assert_int_eq(line(), 0);
    ck_assert_uint_ne(position(ES_DAC1), there);
    set(ES_SERIAL, 3 | P1_INTR | 0x2000 | 0x80 | 0x0800); /* P1_PAUSE */
    u32 left = get(ES_COUNT) >> 16;
    run_for(&b, 50 * NS_PER_MS);
    ck_assert_uint_eq(get(ES_COUNT) >> 16, left);
    ck_assert_int_eq(line(), 0);
    set(ES_SERIAL, 3 | P1_INTR | 0x2000 | 0x80);
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_int_eq(line(), 1);
}
END_TEST

START_TEST(codec_writes)
{
    set(ES_CONTROL, CTRL_CDC_EN);
    bus_out(&b.bus, AT + ES_CODEC, AK4531_MASTER << 8 | 0x05, 2);
    ck_assert_uint_eq(get(ES_STATUS) & 0x700, 0x700);
    bus_out(&b.bus, AT + ES_CODEC, AK4531_MASTER << 8 | 0x09, 2); /* busy: lost */
    run_for(&b, 12 * NS_PER_US);
    ck_assert_uint_eq(get(ES_STATUS) & 0x700, 0);
    ck_assert_uint_eq(card->codec.reg[AK4531_MASTER], 5);
    bus_out(&b.bus, AT + ES_CODEC, 0xff00, 2); /* there is no such register */
    run_for(&b, 12 * NS_PER_US);
    codec(&b, AK4531_RESET, 0);
    ck_assert_uint_eq(card->codec.reg[AK4531_MASTER], 0x80);
    set(ES_CONTROL, 0);
    bus_out(&b.bus, AT + ES_CODEC, AK4531_MASTER << 8 | 0x05, 2);
    ck_assert_uint_eq(card->codec.reg[AK4531_MASTER], 0x80);
}
END_TEST

static bool is_gain(unsigned input, u32 left, u32 right)
{
    struct sound_gain g = ak4531_gain(&card->codec, input);
    return g.left == left && g.right == right;
}

START_TEST(volumes)
{
    ck_assert(is_gain(AK4531_VOICE, 0, 0));
    open_codec(&b);
    ck_assert(is_gain(AK4531_VOICE, SOUND_UNITY, SOUND_UNITY));
    ck_assert(is_gain(AK4531_FM, SOUND_UNITY, SOUND_UNITY));
    ck_assert_uint_eq(card->channel[ES_DAC1].sound.volume.left, SOUND_UNITY);
    codec(&b, AK4531_VOICE, 0);
    codec(&b, AK4531_VOICE + 1, 0x1f);
    ck_assert(is_gain(AK4531_VOICE, 260904, 207)); /* 12 dB, -50 dB */
    codec(&b, AK4531_MASTER, 0x1f);
    ck_assert(is_gain(AK4531_VOICE, 207, 207));
    codec(&b, AK4531_MASTER, 0x80);
    ck_assert(is_gain(AK4531_VOICE, 0, 207));
    codec(&b, AK4531_OUT_SW2, 0x08);
    ck_assert(is_gain(AK4531_VOICE, 0, 0));
    ck_assert(is_gain(AK4531_FM, 0, SOUND_UNITY));
    codec(&b, AK4531_RESET, 0x01); /* power-down */
    ck_assert(is_gain(AK4531_FM, 0, 0));
    codec(&b, AK4531_RESET, 0x03);
    ck_assert(is_gain(AK4531_FM, 0, SOUND_UNITY));
    set(ES_CONTROL, 0);
    ck_assert_uint_eq(card->channel[ES_DAC1].sound.volume.right, 0);
}
END_TEST

START_TEST(recording)
{
    memset(b.phys.ram + BUFFER, 0x55, 1024);
    set_frame(&b, ES_ADC, 10, 40);
    set(ES_SERIAL, R1_INTR); /* 8 bits */
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_ADC_EN | RATE_44100);
    run_for(&b, NS_PER_MS);
    ck_assert_int_eq(line(), 1);
    for (unsigned i = 0; i < 40; i++)
        ck_assert_uint_eq(b.phys.ram[BUFFER + i], 0x80);
    ck_assert_uint_eq(b.phys.ram[BUFFER + 40], 0x55);
    set(ES_CONTROL, CTRL_CDC_EN);
    set_frame(&b, ES_ADC, 10, 10);
    set(ES_SERIAL, 0x30);
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_ADC_EN | RATE_44100);
    run_for(&b, NS_PER_MS);
    for (unsigned i = 0; i < 40; i++)
        ck_assert_uint_eq(b.phys.ram[BUFFER + i], 0);
    u32 there = position(ES_ADC);
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_ADC_EN | RATE_44100 | CTRL_ADC_STOP);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(position(ES_ADC), there);
}
END_TEST

/* A bus that it is not given moves nothing; given, it goes on. */
START_TEST(bus_master)
{
    set_frame(&b, ES_DAC2, 1000, 1000);
    set(ES_SERIAL, 0x0c | P2_INTR);
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN | RATE_44100);
    run_for(&b, NS_PER_MS);
    pci_config_write(card->pci.pci, PCI_DEVFN(SLOT, 0), PCI_COMMAND, PCI_IO_ENABLE, 2);
    u32 there = position(ES_DAC2);
    ck_assert_uint_eq(there, 44);
    run_for(&b, 100 * NS_PER_MS);
    ck_assert_uint_eq(position(ES_DAC2), there);
    ck_assert_int_eq(line(), 0);
    configure(card);
    run_for(&b, 22 * NS_PER_MS);
    ck_assert_int_eq(line(), 1);
}
END_TEST

static u8 midi[16];
static unsigned midi_count;

static void on_midi(void *opaque, u64 when, u8 byte)
{
    (void)opaque;
    (void)when;
    midi[midi_count++ % sizeof(midi)] = byte;
}

START_TEST(midi_out)
{
    static const struct midi_sink sink = {on_midi, NULL};
    card->midi.sink = &sink;
    midi_count = 0;
    out8(&b, AT + ES_UART, 0x90); /* off */
    set(ES_CONTROL, CTRL_UART_EN);
    ck_assert_uint_eq(in8(&b, AT + ES_UART + 1), 2);
    out8(&b, AT + ES_UART + 1, 0x20);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(get(ES_STATUS), STAT_INTR | STAT_UART | 0x60);
    out8(&b, AT + ES_UART, 0x91);
    out8(&b, AT + ES_UART, 0x40);
    ck_assert_uint_eq(in8(&b, AT + ES_UART + 1), 0);
    ck_assert_int_eq(line(), 0);
    run_for(&b, 319 * NS_PER_US);
    ck_assert_int_eq(line(), 0);
    run_for(&b, NS_PER_US);
    ck_assert_int_eq(line(), 1);
    ck_assert_uint_eq(in8(&b, AT + ES_UART + 1), 6);
    ck_assert_uint_eq(midi_count, 2);
    ck_assert_uint_eq(midi[0] << 8 | midi[1], 0x9140);
    out8(&b, AT + ES_UART + 1, 3); /* software reset */
    ck_assert_int_eq(line(), 0);
}
END_TEST

/* A counter outside its buffer, an interrupt a sample at 705 kHz, memory that is not there. */
START_TEST(hostile)
{
    set(ES_PAGE, ES_PAGE_DAC);
    set(ES_FRAME + 8, 0xffffffff);
    set(ES_FRAME + 12, 0xfff00001);
    set(ES_COUNT + 4, 0);
    set(ES_SERIAL, 0x0c | P2_INTR);
    u64 fired = b.clock.fired;
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN); /* PCLKDIV 0 */
    run_for(&b, 100 * NS_PER_MS);
    ck_assert_uint_le(b.clock.fired - fired, 110); /* nobody takes note: no more interrupts */
    ck_assert_int_eq(line(), 1);
    set(ES_CONTROL, 0);
    run_for(&b, 100 * NS_PER_MS);
    ck_assert(!timer_armed(&card->tick));
}
END_TEST

/* ---- what is heard ---- */

static void room(struct room *r, u32 rate, u64 step)
{
    build_room(r, rate, step);
    struct es1370 *e = (struct es1370 *)make(&r->b);
    r->dev = &e->dev;
    mixer_add(r->m, &e->channel[ES_DAC1].sound);
    mixer_add(r->m, &e->channel[ES_DAC2].sound);
    open_codec(&r->b);
    listen(r);
}

static void leave(struct room *r, struct pci *pci)
{
    close_room(r);
    device_free(&pci->dev);
}

/* At its own rate every sample arrives, in order, as it was. */
START_TEST(every_format_as_it_is)
{
    for (unsigned format = 0; format < 8; format++) {
        unsigned f = format & 3, size = (f & 1 ? 2u : 1u) << (f >> 1);
        bool dac1 = format & 4;
        room(&one, 44100, NS_PER_MS);
        u8 *m = one.b.phys.ram + BUFFER;
        for (unsigned i = 0; i < 4096; i++)
            m[i] = (u8)(i * 5 + i / 256 + 1);
        set_frame(&one.b, dac1 ? ES_DAC1 : ES_DAC2, 1024, 100);
        write_to(&one.b, ES_SERIAL, dac1 ? f : f << 2);
        write_to(&one.b, ES_CONTROL,
                 CTRL_CDC_EN | (dac1 ? CTRL_DAC1_EN | 0x3000 : CTRL_DAC2_EN) | RATE_44100);
        wait(&one, 150 * NS_PER_MS);
        mixer_pull(one.m);
        unsigned at = 0;
        while (at < one.ear.count && !one.ear.frame[at].left && !one.ear.frame[at].right)
            at++;
        ck_assert_uint_lt(at + 6000, one.ear.count);
        for (unsigned i = 0; i < 6000; i++) {
            const u8 *s = m + i * size % 4096;
            s16 left = f & 2 ? (s16)get_le16(s) : (s16)((s[0] ^ 0x80) << 8), right = left;
            if (f & 1)
                right = f & 2 ? (s16)get_le16(s + 2) : (s16)((s[1] ^ 0x80) << 8);
            ck_assert_int_eq(one.ear.frame[at + i].left, left);
            ck_assert_int_eq(one.ear.frame[at + i].right, right);
        }
        leave(&one, spare);
    }
}
END_TEST

static void begin_note(struct room *r)
{
    for (unsigned i = 0; i < 4096; i++)
        r->b.phys.ram[BUFFER + i] = (u8)(i * i >> 3);
    set_frame(&r->b, ES_DAC2, 1000, 700);
    set_frame(&r->b, ES_DAC1, 333, 5000);
    write_to(&r->b, ES_SERIAL, 0x0c | 0x02 | P2_INTR);
    write_to(&r->b, ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN | CTRL_DAC1_EN | 0x1000 | 62u << 16);
}

static u64 digest(struct room *r)
{
    struct state *s = state_new_digest();
    clock_state(&r->b.clock, s);
    device_state(r->dev, s);
    u64 d = state_digest(s);
    state_free(s);
    return d;
}

/* However the run is cut, and across a state in mid-note. */
START_TEST(cuts_and_state_are_not_heard)
{
    room(&one, 48000, 10 * NS_PER_MS);
    struct pci *first = spare;
    room(&two, 48000, 333 * NS_PER_US);
    struct pci *second = spare;
    begin_note(&one);
    begin_note(&two);
    wait(&one, 40 * NS_PER_MS + 12345);
    wait(&two, 40 * NS_PER_MS + 12345);
    same_ears();
    wait(&two, 5 * NS_PER_MS); /* a life of its own */
    write_to(&two.b, ES_SERIAL, 0x08);
    copy_state(&one, &two);
    one.ear.count = two.ear.count = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct room *r[] = {&one, &two};
        for (unsigned k = 0; k < 2; k++) {
            wait(r[k], 15 * NS_PER_MS);
            codec(&r[k]->b, AK4531_VOICE, (u8)(i * 3));
            write_to(&r[k]->b, ES_SERIAL, 0x0c | 0x02 | (i & 1 ? 0x1000 : 0)); /* P2_PAUSE */
            wait(r[k], 5 * NS_PER_MS + i);
        }
        ck_assert(digest(&one) == digest(&two));
    }
    same_ears();
    leave(&one, first);
    leave(&two, second);
}
END_TEST

/* The machine is the same whether somebody listens or not. */
START_TEST(nobody_listens)
{
    room(&one, 48000, 700 * NS_PER_US);
    struct pci *first = spare;
    room(&two, 48000, 10 * NS_PER_MS);
    struct pci *second = spare;
    mixer_leave(two.m, &two.sink);
    begin_note(&one);
    begin_note(&two);
    for (unsigned i = 0; i < 20; i++) {
        wait(&one, 3456789);
        wait(&two, 3456789);
        one.b.phys.ram[BUFFER + i] = two.b.phys.ram[BUFFER + i] = 0;
        ck_assert(digest(&one) == digest(&two));
    }
    leave(&one, first);
    leave(&two, second);
}
END_TEST

START_TEST(state_and_storm)
{
    u16 ports[ES1370_PORTS];
    for (unsigned i = 0; i < ES1370_PORTS; i++)
        ports[i] = (u16)(AT + i);
    round_trip(&b, &card->dev, make);
    set_frame(&b, ES_DAC2, 1000, 300);
    set(ES_SERIAL, 0x0c | P2_INTR);
    set(ES_CONTROL, CTRL_CDC_EN | CTRL_DAC2_EN | CTRL_ADC_EN | RATE_44100);
    for (u8 i = 0; i < AK4531_RESET; i++)
        codec(&b, i, (u8)(i + 1));
    run_for(&b, 3 * NS_PER_MS + 77);
    round_trip(&b, &card->dev, make);
    register_storm(&b, &card->dev, make, ports, ES1370_PORTS, 4000, 300000);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("es1370");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, identity);
    tcase_add_test(t, registers_by_width);
    tcase_add_test(t, rates_and_interrupts);
    tcase_add_test(t, counters);
    tcase_add_test(t, loop_stop_and_pause);
    tcase_add_test(t, codec_writes);
    tcase_add_test(t, volumes);
    tcase_add_test(t, recording);
    tcase_add_test(t, bus_master);
    tcase_add_test(t, midi_out);
    tcase_add_test(t, hostile);
    tcase_add_test(t, every_format_as_it_is);
    tcase_add_test(t, cuts_and_state_are_not_heard);
    tcase_add_test(t, nobody_listens);
    tcase_add_test(t, state_and_storm);
    return t;
}

int main(void)
{
    return run_suite("es1370", cases);
}
