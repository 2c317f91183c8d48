/*
 * test_sb.c - the Sound Blaster's DSP as programs find and question it: reset, identification, busy
 * bits, every generation's commands; the mixers; interrupts by command; the state.
 */
#include "sb_rig.h"

#include <stdio.h>

/* ---- reset ---- */

START_TEST(test_reset_takes_its_time)
{
    out8(&b, 0x226, 1);
    ck_assert_uint_eq(in8(&b, 0x22c) & 0x80, 0x80);
    run_for(&b, 3000);
    out8(&b, 0x226, 0);
    u64 from = b.clock.now;
    ck_assert_uint_eq(in8(&b, 0x22e), 0x7f);
    run_to(&b, from + 99999);
    ck_assert_uint_eq(in8(&b, 0x22e), 0x7f);
    ck_assert_uint_eq(in8(&b, 0x22c), 0xff); /* busy until it is there */
    run_to(&b, from + 100000);
    ck_assert_uint_eq(in8(&b, 0x22e), 0xff);
    ck_assert_uint_eq(in8(&b, 0x22a), 0xaa);
    ck_assert_uint_eq(in8(&b, 0x22e), 0x7f);
    ck_assert_uint_eq(in8(&b, 0x22a), 0xaa); /* the last one again */
}
END_TEST

START_TEST(test_reset_without_an_edge)
{
    out8(&b, 0x226, 0);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x22e), 0x7f);
    out8(&b, 0x226, 2); /* bit 0 only */
    out8(&b, 0x226, 0);
    run_for(&b, NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x22e), 0x7f);
}
END_TEST

/* Commands that nobody finished, answers that nobody fetched. */
START_TEST(test_reset_in_mid_command)
{
    dsp_reset();
    DSP(0x14, 0x10);
    ck_assert(dsp_reset());
    DSP(0xe1);
    ck_assert_int_eq(dsp_get(), 4);
    DSP(0xe1);
    ck_assert(dsp_reset());
    ck_assert_int_eq(dsp_get(), -1);
    out8(&b, 0x226, 1);
    out8(&b, 0x22c, 0xe1); /* nobody listens */
    out8(&b, 0x226, 0);
    ck_assert_int_eq(dsp_get(), 0xaa);
    ck_assert_int_eq(dsp_get(), -1);
}
END_TEST

/* Some loops wait for the bit to come, some for it to go. */
START_TEST(test_busy_bit_moves)
{
    dsp_reset();
    unsigned busy = 0, ready = 0;
    for (unsigned i = 0; i < 1000; i++) {
        if (in8(&b, 0x22c) & 0x80)
            busy++;
        else
            ready++;
        run_for(&b, 100);
    }
    ck_assert_uint_gt(busy, 20);
    ck_assert_uint_gt(ready, 800);
    out8(&b, 0x22c, 0xd1);
    ck_assert_uint_eq(in8(&b, 0x22c), 0xff);
    u64 from = b.clock.now;
    while (in8(&b, 0x22c) & 0x80)
        run_for(&b, 100);
    ck_assert_uint_ge(b.clock.now - from, 5000);
    ck_assert_uint_le(b.clock.now - from, 20000);
}
END_TEST

/* ---- who are you ---- */

static const struct {
    const struct device_class *class;
    u8 major, minor;
} cards[] = {{&sb1_class, 1, 5},
             {&sb2_class, 2, 1},
             {&sbpro_class, 3, 0},
             {&sbpro2_class, 3, 2},
             {&sb16_class, 4, 5}};

START_TEST(test_versions)
{
    rig_change(cards[_i].class);
    ck_assert(dsp_reset());
    DSP(0xe1);
    ck_assert_int_eq(dsp_get(), cards[_i].major);
    ck_assert_int_eq(dsp_get(), cards[_i].minor);
    ck_assert_int_eq(dsp_get(), -1);
    DSP(0xe0, 0x5a);
    ck_assert_int_eq(dsp_get(), 0xa5);
    DSP(0xe4, 0xc3, 0xe8);
    ck_assert_int_eq(dsp_get(), 0xc3);
    DSP(0xf8);
    ck_assert_int_eq(dsp_get(), 0);
    DSP(0x20);
    ck_assert_int_eq(dsp_get(), 0x80); /* silence comes in */
}
END_TEST

START_TEST(test_speaker_status)
{
    rig_change(cards[_i].class);
    dsp_reset();
    int off = cards[_i].major >= 2 ? 0x00 : -1, on = cards[_i].major >= 2 ? 0xff : -1;
    DSP(0xd8);
    ck_assert_int_eq(dsp_get(), off);
    DSP(0xd1, 0xd8);
    ck_assert_int_eq(dsp_get(), on);
    DSP(0xd3, 0xd8);
    ck_assert_int_eq(dsp_get(), off);
    DSP(0xd1);
    dsp_reset();
    DSP(0xd8);
    ck_assert_int_eq(dsp_get(), off);
}
END_TEST

START_TEST(test_copyright)
{
    char text[80] = "";
    dsp_reset();
    DSP(0xe3);
    int v, n = 0;
    while ((v = dsp_get()) > 0 && n < 79)
        text[n++] = (char)v;
    ck_assert_int_eq(v, 0);
    ck_assert_ptr_nonnull(strstr(text, "CREATIVE TECHNOLOGY"));
    ck_assert_int_eq(n, 44);
}
END_TEST

/* Each number moves a sum by itself and a key that turns. */
START_TEST(test_dma_identification)
{
    static const u8 in[] = {0x00, 0xff, 0x5a, 0x01, 0x80};
    u8 want = 0xaa, key = 0x96, got;
    dsp_reset();
    for (unsigned i = 0; i < sizeof(in); i++) {
        dma_setup(1, TO_MEMORY, 0x4000 + i, 1);
        DSP(0xe2, in[i]);
        want = (u8)(want + (in[i] ^ key));
        key = (u8)(key >> 2 | key << 6);
        phys_read(&b.phys, 0x4000 + i, &got, 1);
        ck_assert_uint_eq(got, want);
    }
    dsp_reset(); /* and it begins anew */
    dma_setup(1, TO_MEMORY, 0x4000, 1);
    DSP(0xe2, 0x00);
    phys_read(&b.phys, 0x4000, &got, 1);
    ck_assert_uint_eq(got, 0x40);
}
END_TEST

/* Drivers want to be told that there is no signal processor. */
START_TEST(test_no_signal_processor)
{
    dsp_reset();
    DSP(0x0e, 0x83, 0x5a, 0x0f, 0x83);
    ck_assert_int_eq(dsp_get(), 0xff);
    DSP(0x04, 0xfa, 0x05, 0x00, 0x00, 0x08);
    ck_assert_int_eq(dsp_get(), 0xff);
    DSP(0xf9, 0x0e);
    ck_assert_int_eq(dsp_get(), 0xff);
    DSP(0xf9, 0x0f);
    ck_assert_int_eq(dsp_get(), 0x07);
    DSP(0xf9, 0x37);
    ck_assert_int_eq(dsp_get(), 0x38);
    DSP(0xfa, 0x50, 0x77, 0xf9, 0x50);
    ck_assert_int_eq(dsp_get(), 0x77);
    DSP(0xd1, 0xfd);
    ck_assert_int_eq(dsp_get(), 0xd1);
    DSP(0x06, 0x06, 0x07, 0x0a);
    ck_assert_int_eq(dsp_get(), 1);
    DSP(0x07);
    /* A program of 8 bytes goes nowhere, and the DSP is there again after it. */
    DSP(0x01);
    ck_assert_int_eq(dsp_get(), 0);
    DSP(8, 0, 1, 2, 3, 4, 5, 6, 7);
    ck_assert_int_eq(dsp_get(), 0xff);
    DSP(0x12, 0x34, 0xe1);
    ck_assert_int_eq(dsp_get(), 4);
}
END_TEST

/* A command of a later generation is none, and what follows it is a command. */
START_TEST(test_generations)
{
    rig_change(&sb1_class);
    dsp_reset();
    DSP(0x41, 0x48, 0xc0, 0xf9, 0xe1);
    ck_assert_int_eq(dsp_get(), 1);
    ck_assert_int_eq(dsp_get(), 5);
    DSP(0x48, 0xe0, 0xe1); /* 48h is not there either */
    ck_assert_int_eq(dsp_get(), 0x1e);
    rig_change(&sbpro2_class);
    dsp_reset();
    DSP(0x48, 0xff, 0x00, 0x41, 0xe1);
    ck_assert_int_eq(dsp_get(), 3);
    ck_assert_int_eq(dsp_get(), 2);
    ck_assert_uint_eq(in8(&b, 0x22f), 0xff);
}
END_TEST

/* ---- FM ---- */

static void fm_write(u16 port, u8 reg, u8 v)
{
    out8(&b, port, reg);
    run_for(&b, 4000);
    out8(&b, (u16)(port + 1), v);
    run_for(&b, 24000);
}

/* AdLib's own test, as every program does it. Returns the low bits of the status, or -1. */
static int fm_found(u16 port)
{
    fm_write(port, 4, 0x60);
    fm_write(port, 4, 0x80);
    u8 before = in8(&b, port);
    fm_write(port, 2, 0xff);
    fm_write(port, 4, 0x21);
    run_for(&b, 100000);
    u8 after = in8(&b, port);
    fm_write(port, 4, 0x60);
    fm_write(port, 4, 0x80);
    return (before & 0xe0) == 0 && (after & 0xe0) == 0xc0 ? before & 6 : -1;
}

START_TEST(test_fm)
{
    rig_change(cards[_i].class);
    bool opl3 = cards[_i].class == &sb16_class || cards[_i].class == &sbpro2_class;
    bool two = cards[_i].class == &sbpro_class;
    int low = opl3 ? 0 : 6;
    ck_assert_int_eq(fm_found(0x388), low);
    ck_assert_int_eq(fm_found(0x228), low);
    ck_assert_int_eq(fm_found(0x220), opl3 || two ? low : -1);
    ck_assert_int_eq(fm_found(0x222), two ? low : -1); /* by which one tells them apart */
    ck_assert_uint_eq(in8(&b, 0x38a), 0xff);
}
END_TEST

/* ---- interrupts by command ---- */

START_TEST(test_forced_interrupts)
{
    dsp_reset();
    ck_assert_int_eq(b.level[5], 0);
    DSP(0xf2);
    ck_assert_int_eq(b.level[5], 1);
    ck_assert_uint_eq(mixed(0x82) & 7, 1);
    in8(&b, 0x22f); /* the other one's acknowledgement */
    ck_assert_int_eq(b.level[5], 1);
    in8(&b, 0x22e);
    ck_assert_int_eq(b.level[5], 0);
    DSP(0xf3, 0xf2);
    ck_assert_uint_eq(mixed(0x82) & 7, 3);
    in8(&b, 0x22e);
    ck_assert_int_eq(b.level[5], 1);
    ck_assert_uint_eq(mixed(0x82) & 7, 2);
    in8(&b, 0x22f);
    ck_assert_int_eq(b.level[5], 0);
    ck_assert_int_eq(b.rises[5], 2);
    DSP(0xf2);
    dsp_reset();
    ck_assert_int_eq(b.level[5], 0);
}
END_TEST

START_TEST(test_the_mixer_chooses_the_line)
{
    static const int line[4] = {9, 5, 7, 10};
    dsp_reset();
    ck_assert_uint_eq(mixed(0x80), 0x02);
    for (unsigned i = 0; i < 4; i++) {
        mix(0x80, (u8)(1u << i));
        ck_assert_uint_eq(mixed(0x80), 1u << i);
        DSP(0xf2);
        for (unsigned j = 0; j < 4; j++)
            ck_assert_int_eq(b.level[line[j]], i == j);
        in8(&b, 0x22e);
        ck_assert_int_eq(b.level[line[i]], 0);
    }
    mix(0x80, 0); /* none */
    DSP(0xf2);
    ck_assert_uint_eq(mixed(0x82) & 7, 1);
    ck_assert_int_eq(b.level[5] | b.level[7] | b.level[9] | b.level[10], 0);
    mix(0x80, 4); /* the line that is chosen now is told */
    ck_assert_int_eq(b.level[7], 1);
    mix(0x80, 2);
    ck_assert_int_eq(b.level[7], 0);
    ck_assert_int_eq(b.level[5], 1);
}
END_TEST

/* ---- MIDI ---- */

static struct {
    u8 byte[100];
    unsigned count;
} sent;

static void on_midi(void *opaque, u64 when, u8 byte)
{
    (void)opaque;
    (void)when;
    if (sent.count < sizeof(sent.byte))
        sent.byte[sent.count++] = byte;
}

START_TEST(test_midi)
{
    static const struct midi_sink sink = {on_midi, NULL};
    static const u8 want[] = {0x90, 0xe1, 0x14, 0xd1, 0x3c, 0x7f};
    sb->midi.sink = &sink;
    sent.count = 0;
    dsp_reset();
    DSP(0x38, 0x90);             /* a byte, */
    DSP(0x34, 0xe1, 0x14, 0xd1); /* everything, */
    ck_assert_int_eq(dsp_get(), -1);
    DSP(0xff);
    ck_assert(dsp_reset()); /* until a reset */
    DSP(0x38, 0x3c, 0xd8);
    ck_assert_int_eq(dsp_get(), 0);
    out8(&b, 0x331, 0x3f); /* the MPU-401 has the same socket */
    ck_assert_uint_eq(in8(&b, 0x330), 0xfe);
    out8(&b, 0x330, 0x7f);
    ck_assert_uint_eq(sent.count, sizeof(want) + 1);
    sent.byte[4] = sent.byte[5]; /* less the FFh */
    sent.byte[5] = sent.byte[6];
    ck_assert_mem_eq(sent.byte, want, sizeof(want));
    DSP(0x31, 0xe1, 0xe1); /* reading: any byte ends it, and is none itself */
    ck_assert_int_eq(dsp_get(), 4);
}
END_TEST

/* Requests of the sequencer on line 9, with the card's own interrupts beside. */
START_TEST(test_mpu_line)
{
    dsp_reset();
    out8(&b, 0x331, 0xec);
    in8(&b, 0x330);
    out8(&b, 0x330, 0x01);
    out8(&b, 0x331, 0x08);
    in8(&b, 0x330);
    ck_assert_int_eq(b.level[9], 1);
    ck_assert_int_eq(b.level[5], 0);
    mix(0x80, 1); /* the card on 9, too */
    DSP(0xf2);
    ck_assert_uint_eq(in8(&b, 0x330), 0xf0);
    ck_assert_int_eq(b.level[9], 1);
    in8(&b, 0x22e);
    ck_assert_int_eq(b.level[9], 0);
}
END_TEST

/* ---- mixers ---- */

START_TEST(test_ct1745)
{
    mix(0x22, 0xe5);
    ck_assert_uint_eq(mixed(0x22), 0xe5);
    ck_assert_uint_eq(mixed(0x30), 0xe8);
    ck_assert_uint_eq(mixed(0x31), 0x58);
    mix(0x30, 0xff);
    mix(0x31, 0x17);
    ck_assert_uint_eq(mixed(0x30), 0xf8);
    ck_assert_uint_eq(mixed(0x31), 0x10);
    ck_assert_uint_eq(mixed(0x22), 0xf1);
    mix(0x3c, 0xff);
    ck_assert_uint_eq(mixed(0x3c), 0x1f);
    mix(0x3c, 0x0a);
    ck_assert_uint_eq(mixed(0x3c), 0x0a);
    mix(0x0a, 0x05);
    ck_assert_uint_eq(mixed(0x0a), 0x05);
    ck_assert_uint_eq(mixed(0x3a), 0xb8);
    mix(0x81, 0x48);
    ck_assert_uint_eq(mixed(0x81), 0x48);
    mix(0x82, 0xff); /* can only be read */
    ck_assert_uint_eq(mixed(0x82) & 7, 0);
    mix(0x00, 0); /* reset: volumes, and not what lines it has */
    ck_assert_uint_eq(mixed(0x3c), 0x1f);
    ck_assert_uint_eq(mixed(0x22), 0xff);
    ck_assert_uint_eq(mixed(0x81), 0x48);
    ck_assert_uint_eq(mixed(0x0e), 0xff); /* no register of it */
    ck_assert_uint_eq(in8(&b, 0x224), 0x0e);
}
END_TEST

START_TEST(test_ct1345)
{
    rig_change(&sbpro2_class);
    mix(0x22, 0xaa);
    ck_assert_uint_eq(mixed(0x22), 0xbb);
    mix(0x04, 0x00);
    ck_assert_uint_eq(mixed(0x04), 0x11);
    mix(0x0e, 0x02);
    ck_assert_uint_eq(mixed(0x0e) & 2, 2);
    mix(0x30, 0x55);
    ck_assert_uint_eq(mixed(0x30), 0xff);
    mix(0x80, 0x01); /* its line is a jumper */
    ck_assert_uint_eq(mixed(0x80), 0xff);
    dsp_reset();
    DSP(0xf2);
    ck_assert_int_eq(b.level[5], 1);
    mix(0x00, 0);
    ck_assert_uint_eq(mixed(0x22), 0xff);
    ck_assert_uint_eq(mixed(0x0e) & 2, 0);
}
END_TEST

START_TEST(test_ct1335_and_none)
{
    rig_change(&sb2_class);
    mix(0x02, 0x0a);
    ck_assert_uint_eq(mixed(0x02), 0x0a);
    mix(0x0a, 0xff);
    ck_assert_uint_eq(mixed(0x0a), 0x06);
    ck_assert_uint_eq(mixed(0x22), 0xff);
    rig_change(&sb1_class);
    mix(0x02, 0x0a);
    ck_assert_uint_eq(mixed(0x02), 0xff);
}
END_TEST

/* ---- how period programs look for a card ---- */

/* At each base: a reset, and AAh within a hundred tries of the data port alone. */
static u16 find_base(void)
{
    for (u16 base = 0x210; base <= 0x280; base = (u16)(base + 0x10)) {
        out8(&b, (u16)(base + 6), 1);
        for (unsigned i = 0; i < 8; i++) {
            in8(&b, (u16)(base + 6));
            run_for(&b, 1000);
        }
        out8(&b, (u16)(base + 6), 0);
        for (unsigned i = 0; i < 100; i++) {
            run_for(&b, 2000);
            if (in8(&b, (u16)(base + 0xe)) & 0x80 && in8(&b, (u16)(base + 0xa)) == 0xaa)
                return base;
        }
    }
    return 0;
}

/* A byte by each channel in turn; the one that interrupts is the card's. */
static int find_dma(void)
{
    static const unsigned channels[] = {0, 3, 1};
    for (unsigned i = 0; i < ARRAY_SIZE(channels); i++) {
        dma_setup(channels[i], FROM_MEMORY, 0x8000, 1);
        DSP(0x40, 0x9c, 0x14, 0x00, 0x00);
        bool interrupted = until_line(5, 20 * NS_PER_MS) != UINT64_MAX;
        in8(&b, 0x22e);
        dma_mask(channels[i], true);
        dsp_reset();
        if (interrupted)
            return (int)channels[i];
    }
    return -1;
}

/* Silence for a moment, and who has interrupted? */
static int find_irq(void)
{
    int before[16];
    memcpy(before, b.rises, sizeof(before));
    DSP(0x40, 0x9c, 0x80, 0x01, 0x00);
    run_for(&b, 10 * NS_PER_MS);
    in8(&b, 0x22e);
    for (int i = 0; i < 16; i++) {
        if (b.rises[i] != before[i])
            return i;
    }
    return -1;
}

START_TEST(test_detection)
{
    rig_change(cards[_i].class);
    ck_assert_uint_eq(find_base(), 0x220);
    ck_assert_int_eq(find_dma(), 1);
    ck_assert_int_eq(find_irq(), 5);
    if (cards[_i].class != &sb16_class)
        return;
    mix(0x80, 8); /* as its set-up program moves it */
    mix(0x81, 0x28);
    ck_assert_int_eq(find_irq(), 10);
    mix(0x80, 2);
    ck_assert_int_eq(find_dma(), 3);
}
END_TEST

/* ---- jumpers ---- */

static void refused(const struct device_class *class, const char *props, const char *why)
{
    char text[80];
    struct row row;
    struct err e;
    snprintf(text, sizeof(text), "%s,%s", class->model, props);
    ck_assert(row_parse(&row, "test", text, &e));
    struct device *d = device_new(class, NULL);
    ck_assert(device_configure(d, &row, &e));
    ck_assert(!device_realize(d, &b.board, &e));
    ck_assert_ptr_nonnull(strstr(e.text, why));
    device_free(d);
}

START_TEST(test_jumpers)
{
    refused(&sb16_class, "addr=228", "multiple of 10");
    refused(&sb16_class, "irq=3", "2, 5, 7, 9, 10");
    refused(&sb16_class, "dma=2", "0, 1, 3");
    refused(&sb16_class, "hdma=4", "5, 6, 7");
    refused(&sb16_class, "mpu=331", "even");
    refused(&sb16_class, "fm=38a", "multiple of 4");
    refused(&sb1_class, "dma=3", "the card has 1");
    refused(&sb1_class, "irq=10", "2, 3, 5, 7, 9");
}
END_TEST

START_TEST(test_port_numbers_are_hexadecimal)
{
    static const char *const good[] = {"240", "0x240", "240h", "240H"};
    static const char *const bad[] = {"", "24g", "-240", " 240", "240hh", "100", "2240"};
    struct device *d = device_new(&sb16_class, NULL);
    struct err e;
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        ((struct sb *)d)->base = 0;
        ck_assert(prop_set(sb16_class.props, d, "addr", good[i], &e));
        ck_assert_uint_eq(((struct sb *)d)->base, 0x240);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!prop_set(sb16_class.props, d, "addr", bad[i], &e), "%s", bad[i]);
    device_free(d);
}
END_TEST

/* ---- state ---- */

START_TEST(test_storm)
{
    static const u16 ports[] = {0x224, 0x225, 0x226, 0x22a, 0x22c, 0x22c, 0x22c,
                                0x22e, 0x22f, 0x330, 0x331, 0x388, 0x389, 0x220,
                                0x221, 0x02,  0x03,  0x0a,  0x0b,  0x0c,  0xc4,
                                0xc6,  0xd4,  0xd6,  0xd8,  0x83,  0x8b,  0x08};
    rig_change(cards[_i].class);
    dsp_reset();
    dma_setup(1, FROM_MEMORY | AGAIN, 0x10000, 100);
    register_storm(&b, &sb->dev, rig_make, ports, ARRAY_SIZE(ports), 20000, 300000);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("sb");
    tcase_add_checked_fixture(t, rig_up, rig_down);
    tcase_add_test(t, test_reset_takes_its_time);
    tcase_add_test(t, test_reset_without_an_edge);
    tcase_add_test(t, test_reset_in_mid_command);
    tcase_add_test(t, test_busy_bit_moves);
    tcase_add_loop_test(t, test_versions, 0, ARRAY_SIZE(cards));
    tcase_add_loop_test(t, test_speaker_status, 0, ARRAY_SIZE(cards));
    tcase_add_loop_test(t, test_fm, 0, ARRAY_SIZE(cards));
    tcase_add_test(t, test_copyright);
    tcase_add_test(t, test_dma_identification);
    tcase_add_test(t, test_no_signal_processor);
    tcase_add_test(t, test_generations);
    tcase_add_test(t, test_forced_interrupts);
    tcase_add_test(t, test_the_mixer_chooses_the_line);
    tcase_add_test(t, test_midi);
    tcase_add_test(t, test_mpu_line);
    tcase_add_test(t, test_ct1745);
    tcase_add_test(t, test_ct1345);
    tcase_add_test(t, test_ct1335_and_none);
    tcase_add_loop_test(t, test_detection, 0, ARRAY_SIZE(cards));
    tcase_add_test(t, test_jumpers);
    tcase_add_test(t, test_port_numbers_are_hexadecimal);
    tcase_add_loop_test(t, test_storm, 0, ARRAY_SIZE(cards));
    return t;
}

int main(void)
{
    return run_suite("sb", cases);
}
