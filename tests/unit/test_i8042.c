/*
 * test_i8042.c - keyboard controller, keyboard and mouse together, as a driver meets them: bytes
 * through port 60h, interrupts, commands, scan codes in all sets, packets.
 */
#include "hw/input/i8042.h"
#include "hw/input/ps2kbd.h"
#include "hw/input/ps2mouse.h"
#include "roundtrip.h"

enum { RESET_LINE = 0, A20_LINE = 2, KBD_IRQ = 1, MOUSE_IRQ = 12 };

/* The bench has room for one more device; the mouse hangs on the keyboard here. */
struct inputs {
    struct device dev;
    struct ps2kbd *kbd;
    struct ps2mouse *mouse;
};

static void inputs_reset(struct device *d)
{
    device_reset(&((struct inputs *)d)->kbd->dev);
    device_reset(&((struct inputs *)d)->mouse->dev);
}

static void inputs_state(struct device *d, struct state *s)
{
    device_state(&((struct inputs *)d)->kbd->dev, s);
    device_state(&((struct inputs *)d)->mouse->dev, s);
}

static void inputs_destroy(struct device *d)
{
    device_free(&((struct inputs *)d)->kbd->dev);
    device_free(&((struct inputs *)d)->mouse->dev);
}

static bool inputs_realize(struct device *d, const struct board *b, struct err *e)
{
    return device_realize(&((struct inputs *)d)->kbd->dev, b, e) &&
           device_realize(&((struct inputs *)d)->mouse->dev, b, e);
}

static const struct device_class inputs_class = {
    .name = "inputs",
    .size = sizeof(struct inputs),
    .state_version = 1,
    .realize = inputs_realize,
    .reset = inputs_reset,
    .state = inputs_state,
    .destroy = inputs_destroy,
};

/* Somebody types and moves the mouse, and a driver sets both up. */
static u64 use(struct bench *b, struct device *d, struct storm *r)
{
    static const u8 bytes[] = {0xe6, 0xe7, 0xe8, 0xea, 0xeb, 0xf0, 0xf3, 0xf4, 0xf5,
                               0xf6, 0xfc, 0xfd, 1,    2,    3,    10,   80,   100};
    struct inputs *in = (struct inputs *)b->extra;
    u32 v = storm_next(r), w = storm_next(r);
    struct ps2_link *l = v >> 8 & 1 ? &in->kbd->link : &in->mouse->link;
    (void)d;
    if (v % 4 == 0)
        l->receive(l->device, bytes[w % sizeof(bytes)]);
    else if (v >> 30)
        ps2kbd_key(in->kbd, (enum key)(v % (KEY_COUNT + 2)), v >> 16 & 1);
    else
        ps2mouse_move(in->mouse, (s8)w, (s8)(w >> 8), (s8)(w >> 16) / 40, (u8)v);
    return ps2kbd_ready(in->kbd) << 1 | ps2mouse_ready(in->mouse);
}

static void same_inputs(struct bench *a, struct device *da, struct bench *b, struct device *db)
{
    const struct inputs *p = (struct inputs *)a->extra, *q = (struct inputs *)b->extra;
    (void)da, (void)db;
    same_inside(p->kbd, &a->clock, q->kbd, &b->clock, sizeof(*p->kbd));
    same_inside(p->mouse, &a->clock, q->mouse, &b->clock, sizeof(*p->mouse));
}

static struct device *make(struct bench *b)
{
    struct i8042 *k = (struct i8042 *)device_new(&i8042_class, NULL);
    struct inputs *in = (struct inputs *)device_new(&inputs_class, NULL);
    in->kbd = (struct ps2kbd *)device_new(&ps2kbd_class, NULL);
    in->mouse = (struct ps2mouse *)device_new(&ps2mouse_class, NULL);
    k->irq_keyboard = bench_line(b, KBD_IRQ);
    k->irq_mouse = bench_line(b, MOUSE_IRQ);
    k->a20 = bench_line(b, A20_LINE);
    k->reset = bench_line(b, RESET_LINE);
    bench_start(b, &k->dev);
    bench_start(b, &in->dev);
    i8042_connect(k, 0, &in->kbd->link);
    i8042_connect(k, 1, &in->mouse->link);
    b->extra = &in->dev;
    b->step = use;
    b->same = same_inputs;
    return &k->dev;
}

/* The same with nothing in the mouse's socket. */
static struct device *make_without_mouse(struct bench *b)
{
    struct i8042 *k = (struct i8042 *)make(b);
    k->port[1] = NULL;
    return &k->dev;
}

static struct bench b;
static struct i8042 *ctl;
static struct ps2kbd *kbd;
static struct ps2mouse *mouse;

static void setup(void)
{
    bench_init(&b);
    ctl = (struct i8042 *)make(&b);
    kbd = ((struct inputs *)b.extra)->kbd;
    mouse = ((struct inputs *)b.extra)->mouse;
    out8(&b, 0x64, 0x60);
    out8(&b, 0x60, 0x47); /* translate, both interrupts */
}

static void teardown(void)
{
    bench_free(&b, &ctl->dev);
}

static void no_translation(void)
{
    out8(&b, 0x64, 0x60);
    out8(&b, 0x60, 0x07);
}

/* The next byte within 100 ms, -1 if none comes. */
static int next_byte(void)
{
    for (int i = 0; i < 1000; i++) {
        if (in8(&b, 0x64) & 1)
            return in8(&b, 0x60);
        run_for(&b, 100 * NS_PER_US);
    }
    return -1;
}

static void expect_bytes(const u8 *want, unsigned n, const char *what)
{
    for (unsigned i = 0; i < n; i++) {
        int got = next_byte();
        ck_assert_msg(got == want[i], "%s: byte %u is %02x, not %02x", what, i, (unsigned)got,
                      want[i]);
    }
}

#define EXPECT(...)                                                                                \
    expect_bytes((const u8[]){__VA_ARGS__}, sizeof((u8[]){__VA_ARGS__}), #__VA_ARGS__)

static void expect_nothing(void)
{
    ck_assert_int_eq(next_byte(), -1);
}

static void press(enum key k)
{
    ps2kbd_key(kbd, k, true);
}

static void release(enum key k)
{
    ps2kbd_key(kbd, k, false);
}

static void to_kbd(u8 v)
{
    out8(&b, 0x60, v);
}

static void to_mouse(u8 v)
{
    out8(&b, 0x64, 0xd4);
    out8(&b, 0x60, v);
}

/* ---- controller ---- */

START_TEST(controller_commands)
{
    out8(&b, 0x64, 0xaa);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x05, 0x05); /* answer there, system flag set */
    EXPECT(0x55);
    out8(&b, 0x64, 0xab);
    EXPECT(0x00);
    out8(&b, 0x64, 0xa9);
    EXPECT(0x00);
    out8(&b, 0x64, 0xa7);
    out8(&b, 0x64, 0x20);
    EXPECT(0x67);
    out8(&b, 0x64, 0xa8);
    out8(&b, 0x64, 0xad);
    out8(&b, 0x64, 0x20);
    EXPECT(0x57);
    out8(&b, 0x64, 0xae);
    out8(&b, 0x64, 0x20);
    EXPECT(0x47);
    out8(&b, 0x64, 0x75);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x08, 0x08); /* last write was a command */
    out8(&b, 0x60, 0x99);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x08, 0x00);
    out8(&b, 0x64, 0x35);
    EXPECT(0x99);
    out8(&b, 0x64, 0xa4);
    EXPECT(0xf1);
    out8(&b, 0x64, 0xd2); /* looks like the keyboard */
    out8(&b, 0x60, 0x3c);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x21, 0x01);
    EXPECT(0x3c);
    out8(&b, 0x64, 0xd3); /* looks like the mouse */
    out8(&b, 0x60, 0x3d);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x21, 0x21);
    ck_assert_int_eq(b.level[MOUSE_IRQ], 1);
    EXPECT(0x3d);
    ck_assert_int_eq(b.level[MOUSE_IRQ], 0);
}
END_TEST

START_TEST(output_port)
{
    ck_assert_int_eq(b.level[A20_LINE], 1);
    out8(&b, 0x64, 0xd0);
    int v = next_byte();
    ck_assert_uint_eq((unsigned)v & 3, 3);
    out8(&b, 0x64, 0xd1);
    out8(&b, 0x60, 0xdd);
    ck_assert_int_eq(b.level[A20_LINE], 0);
    ck_assert_int_eq(b.rises[RESET_LINE], 0);
    out8(&b, 0x64, 0xd0);
    ck_assert_uint_eq((unsigned)next_byte() & 3, 1);
    out8(&b, 0x64, 0xdf);
    ck_assert_int_eq(b.level[A20_LINE], 1);
    out8(&b, 0x64, 0xfe);
    ck_assert_int_eq(b.rises[RESET_LINE], 1);
    out8(&b, 0x64, 0xff); /* pulses nothing */
    ck_assert_int_eq(b.rises[RESET_LINE], 1);
    out8(&b, 0x64, 0xd1);
    out8(&b, 0x60, 0xfe);
    ck_assert_int_eq(b.rises[RESET_LINE], 2);
}
END_TEST

START_TEST(bytes_take_time_and_wait_for_the_buffer)
{
    press(KEY_A);
    release(KEY_A);
    ck_assert_uint_eq(in8(&b, 0x64) & 1, 0);
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_int_eq(b.level[KBD_IRQ], 1);
    run_for(&b, 50 * NS_PER_MS);
    ck_assert_int_eq(b.rises[KBD_IRQ], 1); /* the second byte waits */
    ck_assert_uint_eq(in8(&b, 0x60), 0x1e);
    ck_assert_int_eq(b.level[KBD_IRQ], 0);
    ck_assert_uint_eq(in8(&b, 0x60), 0x1e); /* reading again gives it again */
    run_for(&b, 5 * NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x60), 0x9e);
}
END_TEST

START_TEST(disabled_interface_holds_bytes)
{
    out8(&b, 0x64, 0xad);
    press(KEY_A);
    expect_nothing();
    out8(&b, 0x64, 0x20);
    EXPECT(0x57);
    out8(&b, 0x64, 0xae);
    EXPECT(0x1e);
    /* stopped in the middle of a byte, the keyboard sends it again */
    press(KEY_B);
    run_for(&b, 500 * NS_PER_US);
    out8(&b, 0x64, 0xad);
    expect_nothing();
    out8(&b, 0x64, 0xae);
    EXPECT(0x30);
    /* the controller's answer overtakes a byte on the wire */
    press(KEY_C);
    run_for(&b, 500 * NS_PER_US);
    out8(&b, 0x64, 0xa9);
    EXPECT(0x00, 0x2e);
}
END_TEST

START_TEST(interrupts_follow_the_command_byte)
{
    out8(&b, 0x64, 0x60);
    out8(&b, 0x60, 0x40);
    press(KEY_A);
    run_for(&b, 3 * NS_PER_MS);
    ck_assert_int_eq(b.level[KBD_IRQ], 0);
    out8(&b, 0x64, 0x60);
    out8(&b, 0x60, 0x41);
    ck_assert_int_eq(b.level[KBD_IRQ], 1);
    EXPECT(0x1e);
}
END_TEST

/* ---- keyboard ---- */

START_TEST(keyboard_commands)
{
    to_kbd(0xff);
    EXPECT(0xfa, 0xaa);
    to_kbd(0xee);
    EXPECT(0xee);
    to_kbd(0xf2);
    EXPECT(0xfa, 0xab, 0x41); /* 83h, translated */
    no_translation();
    to_kbd(0xf2);
    EXPECT(0xfa, 0xab, 0x83);
    to_kbd(0xed);
    EXPECT(0xfa);
    to_kbd(0x05);
    EXPECT(0xfa);
    ck_assert_uint_eq(kbd->leds, 5);
    to_kbd(0xed); /* a command instead of the parameter */
    to_kbd(0xee);
    EXPECT(0xfa, 0xee);
    to_kbd(0xf0);
    to_kbd(0x00);
    EXPECT(0xfa, 0xfa, 0x02);
    to_kbd(0xf0);
    to_kbd(0x07);
    EXPECT(0xfa, 0xfe);
    to_kbd(0xef);
    EXPECT(0xfe);
    to_kbd(0xfe); /* resend */
    EXPECT(0xfe);
    to_kbd(0xf5);
    EXPECT(0xfa);
    press(KEY_A);
    expect_nothing();
    release(KEY_A);
    to_kbd(0xf4);
    EXPECT(0xfa);
    press(KEY_A);
    EXPECT(0x1c);
}
END_TEST

START_TEST(special_keys_translated)
{
    press(KEY_UP);
    release(KEY_UP);
    EXPECT(0xe0, 0x48, 0xe0, 0xc8);
    press(KEY_LSHIFT);
    press(KEY_UP);
    release(KEY_UP);
    release(KEY_LSHIFT);
    EXPECT(0x2a, 0xe0, 0xaa, 0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x2a, 0xaa);
    press(KEY_RSHIFT);
    press(KEY_DELETE);
    release(KEY_DELETE);
    release(KEY_RSHIFT);
    EXPECT(0x36, 0xe0, 0xb6, 0xe0, 0x53, 0xe0, 0xd3, 0xe0, 0x36, 0xb6);
    press(KEY_PRINT);
    release(KEY_PRINT);
    EXPECT(0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa);
    press(KEY_LCTRL);
    press(KEY_PRINT);
    release(KEY_PRINT);
    release(KEY_LCTRL);
    EXPECT(0x1d, 0xe0, 0x37, 0xe0, 0xb7, 0x9d);
    press(KEY_LALT);
    press(KEY_PRINT);
    release(KEY_PRINT);
    release(KEY_LALT);
    EXPECT(0x38, 0x54, 0xd4, 0xb8);
    press(KEY_PAUSE);
    release(KEY_PAUSE);
    EXPECT(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    press(KEY_RCTRL);
    press(KEY_PAUSE);
    release(KEY_PAUSE);
    release(KEY_RCTRL);
    EXPECT(0xe0, 0x1d, 0xe0, 0x46, 0xe0, 0xc6, 0xe0, 0x9d);
    press(KEY_KP_SLASH);
    release(KEY_KP_SLASH);
    EXPECT(0xe0, 0x35, 0xe0, 0xb5);
    press(KEY_LSHIFT);
    press(KEY_KP_SLASH);
    release(KEY_KP_SLASH);
    release(KEY_LSHIFT);
    EXPECT(0x2a, 0xe0, 0xaa, 0xe0, 0x35, 0xe0, 0xb5, 0xe0, 0x2a, 0xaa);
    press(KEY_F7);
    release(KEY_F7);
    EXPECT(0x41, 0xc1);
    /* With Num Lock on, an invisible Shift goes around the grey keys. */
    to_kbd(0xed);
    to_kbd(0x02);
    EXPECT(0xfa, 0xfa);
    press(KEY_HOME);
    release(KEY_HOME);
    EXPECT(0xe0, 0x2a, 0xe0, 0x47, 0xe0, 0xc7, 0xe0, 0xaa);
}
END_TEST

START_TEST(sets_1_2_and_3)
{
    no_translation();
    press(KEY_RIGHT);
    release(KEY_RIGHT);
    EXPECT(0xe0, 0x74, 0xe0, 0xf0, 0x74);
    press(KEY_PAUSE);
    release(KEY_PAUSE);
    EXPECT(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
    to_kbd(0xf0);
    to_kbd(0x01);
    EXPECT(0xfa, 0xfa);
    press(KEY_RIGHT);
    release(KEY_RIGHT);
    press(KEY_A);
    release(KEY_A);
    EXPECT(0xe0, 0x4d, 0xe0, 0xcd, 0x1e, 0x9e);
    to_kbd(0xf0);
    to_kbd(0x03);
    EXPECT(0xfa, 0xfa);
    press(KEY_RIGHT); /* typematic: make only */
    release(KEY_RIGHT);
    press(KEY_LSHIFT); /* make and break */
    release(KEY_LSHIFT);
    press(KEY_PAUSE);
    release(KEY_PAUSE);
    EXPECT(0x6a, 0x12, 0xf0, 0x12, 0x62);
    to_kbd(0xfc); /* this key make/break */
    EXPECT(0xfa);
    to_kbd(0x6a);
    EXPECT(0xfa);
    to_kbd(0xf4);
    EXPECT(0xfa);
    press(KEY_RIGHT);
    run_for(&b, 2 * NS_PER_SEC);
    release(KEY_RIGHT);
    EXPECT(0x6a, 0xf0, 0x6a);
    to_kbd(0xfa); /* all typematic, make and break */
    EXPECT(0xfa);
    press(KEY_ESC);
    release(KEY_ESC);
    EXPECT(0x08, 0xf0, 0x08);
    to_kbd(0xf6); /* defaults: set 2 */
    EXPECT(0xfa);
    press(KEY_ESC);
    EXPECT(0x76);
}
END_TEST

/* Every key has its own codes: make and break differ from those of all others, in every set. */
START_TEST(all_keys_are_distinct)
{
    static u8 seen[KEY_COUNT][16];
    no_translation();
    for (u8 set = 1; set <= 3; set++) {
        to_kbd(0xf0);
        to_kbd(set);
        EXPECT(0xfa, 0xfa);
        memset(seen, 0, sizeof(seen));
        for (int k = KEY_NONE + 1; k < KEY_COUNT; k++) {
            unsigned n = 0;
            press((enum key)k);
            for (int v; n < 15 && (v = next_byte()) >= 0;)
                seen[k][1 + n++] = (u8)v;
            seen[k][0] = (u8)n;
            ck_assert_uint_gt(n, 0);
            release((enum key)k);
            while (next_byte() >= 0)
                ;
            for (int j = KEY_NONE + 1; j < k; j++)
                ck_assert_msg(memcmp(seen[j], seen[k], 16), "set %u: keys %d and %d", set, j, k);
        }
    }
}
END_TEST

START_TEST(typematic)
{
    no_translation();
    to_kbd(0xf3);
    to_kbd(0x20); /* 500 ms, 30 per second */
    EXPECT(0xfa, 0xfa);
    press(KEY_A);
    EXPECT(0x1c);
    u64 start = b.clock.now;
    expect_nothing(); /* 100 ms */
    run_to(&b, start + 490 * NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x64) & 1, 0);
    int n = 0;
    while (b.clock.now < start + 1500 * NS_PER_MS) {
        run_for(&b, NS_PER_MS);
        if (in8(&b, 0x64) & 1) {
            ck_assert_uint_eq(in8(&b, 0x60), 0x1c);
            n++;
        }
    }
    ck_assert_int_ge(n, 29);
    ck_assert_int_le(n, 31);
    press(KEY_B); /* takes over */
    EXPECT(0x32);
    run_for(&b, 600 * NS_PER_MS);
    EXPECT(0x32);
    release(KEY_A); /* does not stop B */
    int v;
    while ((v = next_byte()) == 0x32)
        ;
    ck_assert_int_eq(v, 0xf0);
    EXPECT(0x1c);
    EXPECT(0x32, 0x32);
    release(KEY_B);
    while ((v = next_byte()) == 0x32)
        ;
    ck_assert_int_eq(v, 0xf0);
    EXPECT(0x32);
    run_for(&b, 2 * NS_PER_SEC);
    expect_nothing();
    press(KEY_PAUSE); /* never repeats */
    for (int i = 0; i < 8; i++)
        ck_assert_int_ge(next_byte(), 0);
    run_for(&b, 2 * NS_PER_SEC);
    expect_nothing();
}
END_TEST

START_TEST(overrun)
{
    no_translation();
    out8(&b, 0x64, 0xad);
    for (int i = 0; i < 20; i++) {
        press(KEY_A);
        release(KEY_A);
    }
    out8(&b, 0x64, 0xae);
    for (int i = 0; i < 5; i++)
        EXPECT(0x1c, 0xf0, 0x1c);
    EXPECT(0x1c, 0x00);
    expect_nothing();
}
END_TEST

/* ---- mouse ---- */

static void mouse_on(void)
{
    to_mouse(0xff);
    EXPECT(0xfa, 0xaa, 0x00);
    to_mouse(0xf4);
    EXPECT(0xfa);
}

START_TEST(mouse_packets)
{
    mouse_on();
    ck_assert_int_eq(b.level[KBD_IRQ], 0);
    ps2mouse_move(mouse, 5, 3, 0, 1);
    run_for(&b, 2 * NS_PER_MS);
    ck_assert_uint_eq(in8(&b, 0x64) & 0x21, 0x21);
    ck_assert_int_eq(b.level[MOUSE_IRQ], 1);
    EXPECT(0x29, 0x05, 0xfd); /* left, y negative: down */
    ps2mouse_move(mouse, -300, 200, 0, 0);
    EXPECT(0x38, 0x01, 0x38, 0x18, 0xd3, 0x00); /* 255 counts, then the rest */
    ps2mouse_move(mouse, 0, 0, 0, 0);
    expect_nothing();
    /* samples come 10 ms apart at 100 per second */
    ps2mouse_move(mouse, 1, 0, 0, 0);
    EXPECT(0x08, 0x01, 0x00);
    ps2mouse_move(mouse, 1, 0, 0, 0);
    ps2mouse_move(mouse, 1, 0, 0, 0);
    EXPECT(0x08, 0x02, 0x00);
}
END_TEST

START_TEST(mouse_status_and_settings)
{
    mouse_on();
    to_mouse(0xe8);
    to_mouse(0x03);
    to_mouse(0xf3);
    to_mouse(0x28);
    to_mouse(0xe7);
    for (int i = 0; i < 5; i++) /* each command discards what was not fetched */
        next_byte();
    while (next_byte() >= 0)
        ;
    to_mouse(0xe9);
    EXPECT(0xfa, 0x30, 0x03, 0x28);
    ps2mouse_move(mouse, 3, -5, 0, 4);
    EXPECT(0x0c, 0x03, 0x09); /* 2:1 scaling: 3 stays, 5 becomes 9 */
    to_mouse(0xeb);           /* on request without scaling */
    EXPECT(0xfa, 0x0c, 0x00, 0x00);
    to_mouse(0xf0);
    EXPECT(0xfa);
    ps2mouse_move(mouse, 7, 0, 0, 0);
    expect_nothing();
    to_mouse(0xeb);
    EXPECT(0xfa, 0x08, 0x07, 0x00);
    to_mouse(0xee);
    EXPECT(0xfa);
    to_mouse(0x55);
    EXPECT(0x55);
    to_mouse(0xf4);
    EXPECT(0xf4);
    to_mouse(0xec);
    EXPECT(0xfa);
    to_mouse(0xea);
    EXPECT(0xfa);
    to_mouse(0xe8);
    EXPECT(0xfa);
    to_mouse(0x04);
    EXPECT(0xfe);
    to_mouse(0xe1);
    EXPECT(0xfe);
    to_mouse(0xf6);
    EXPECT(0xfa);
    to_mouse(0xe9);
    EXPECT(0xfa, 0x00, 0x02, 0x64);
}
END_TEST

static void rates(u8 r1, u8 r2, u8 r3)
{
    const u8 r[3] = {r1, r2, r3};
    for (int i = 0; i < 3; i++) {
        to_mouse(0xf3);
        EXPECT(0xfa);
        to_mouse(r[i]);
        EXPECT(0xfa);
    }
}

START_TEST(wheel_and_side_buttons)
{
    mouse_on();
    to_mouse(0xf2);
    EXPECT(0xfa, 0x00);
    rates(200, 100, 80);
    to_mouse(0xf2);
    EXPECT(0xfa, 0x03);
    ps2mouse_move(mouse, 0, 0, -1, 0);
    EXPECT(0x08, 0x00, 0x00, 0xff);
    rates(200, 200, 80);
    to_mouse(0xf2);
    EXPECT(0xfa, 0x04);
    ps2mouse_move(mouse, 0, 0, 2, 0x1a);
    EXPECT(0x0a, 0x00, 0x00, 0x32);
    ps2mouse_move(mouse, 1, 0, -20, 0);
    EXPECT(0x08, 0x01, 0x00, 0x08, 0x08, 0x00, 0x00, 0x08, 0x08, 0x00, 0x00, 0x0c);
}
END_TEST

START_TEST(click_is_not_lost)
{
    mouse_on();
    ps2mouse_move(mouse, 0, 0, 0, 1);
    ck_assert(!ps2mouse_ready(mouse));
    run_for(&b, NS_PER_MS);
    ck_assert(ps2mouse_ready(mouse));
    ps2mouse_move(mouse, 0, 0, 0, 0);
    EXPECT(0x09, 0x00, 0x00, 0x08, 0x00, 0x00);
}
END_TEST

START_TEST(state_between_two_bytes)
{
    press(KEY_A);
    EXPECT(0x1e);
    release(KEY_A);
    for (unsigned i = 0; i < 1000 && !ctl->translate_break; i++)
        run_for(&b, 10 * NS_PER_US);
    ck_assert(ctl->translate_break); /* F0h is here, the code is not */
    round_trip(&b, &ctl->dev, make);
    EXPECT(0x9e);
}
END_TEST

START_TEST(state_after_a_timeout)
{
    ctl->port[1] = NULL;
    out8(&b, 0x64, 0xd4);
    out8(&b, 0x60, 0xf4);
    ck_assert(ctl->timeout);
    round_trip(&b, &ctl->dev, make_without_mouse);
    EXPECT(0xfe);
    press(KEY_A);
    EXPECT(0x1e);
    ck_assert(!ctl->timeout);
    round_trip(&b, &ctl->dev, make_without_mouse);
}
END_TEST

START_TEST(storm)
{
    static const u16 ports[] = {0x60, 0x64};
    struct storm r = {31337};
    for (unsigned i = 0; i < 10; i++) {
        register_storm(&b, &ctl->dev, make, ports, ARRAY_SIZE(ports), 20000, 3 * NS_PER_MS);
        for (unsigned k = 0; k < 2000; k++) {
            u32 v = storm_next(&r);
            ps2kbd_key(kbd, (enum key)(v % (KEY_COUNT + 2)), v >> 16 & 1);
            ps2mouse_move(mouse, (int)storm_next(&r), (int)storm_next(&r), (int)storm_next(&r),
                          (u8)v);
            out8(&b, ports[v >> 17 & 1], (u8)(v >> 8));
            run_for(&b, storm_next(&r) % NS_PER_MS);
        }
    }
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("8042");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, controller_commands);
    tcase_add_test(t, output_port);
    tcase_add_test(t, bytes_take_time_and_wait_for_the_buffer);
    tcase_add_test(t, disabled_interface_holds_bytes);
    tcase_add_test(t, interrupts_follow_the_command_byte);
    tcase_add_test(t, keyboard_commands);
    tcase_add_test(t, special_keys_translated);
    tcase_add_test(t, sets_1_2_and_3);
    tcase_add_test(t, all_keys_are_distinct);
    tcase_add_test(t, typematic);
    tcase_add_test(t, overrun);
    tcase_add_test(t, mouse_packets);
    tcase_add_test(t, mouse_status_and_settings);
    tcase_add_test(t, wheel_and_side_buttons);
    tcase_add_test(t, click_is_not_lost);
    tcase_add_test(t, state_between_two_bytes);
    tcase_add_test(t, state_after_a_timeout);
    tcase_add_test(t, storm);
    return t;
}

int main(void)
{
    return run_suite("8042", cases);
}
