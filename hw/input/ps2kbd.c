/*
 * ps2kbd.c - a PS/2 keyboard (IBM Personal System/2 Hardware Interface Technical Reference,
 * "Keyboards (101- and 102-Key)").
 *
 * All of a 104-key keyboard in the three scan-code sets, with the shift states that the keyboard
 * itself adds around the grey cursor keys, Print Screen and keypad-slash, with Pause, and with
 * typematic repeat. Set 1 is set 2 through the table of the 8042, which is how it was made.
 *
 * The self-test after a reset takes 20 ms instead of half a second: no program waits for it to be
 * slow, and every power-on does wait for it to end.
 */
#include "hw/input/ps2kbd.h"
#include <stdio.h>
#include <string.h>

#define BAT_NS (20 * NS_PER_MS)

enum { FIFO = 16, SET3_REPEAT = 1, SET3_BREAK = 2 };
enum { ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa, DEFAULT_TYPEMATIC = 0x2b };

/* Kinds of keys in sets 1 and 2; T, B, M: typematic, make/break, make-only by default in set 3. */
enum { PLAIN, EXT /* E0 */, NAV /* E0, and keeps Shift and Num Lock away */, SLASH, PRTSC, PAUSE };
enum { M = 0, T = SET3_REPEAT, B = SET3_BREAK };

struct scan {
    u8 kind;
    u8 set2;
    u8 set3;
    u8 type3;
};

static const struct scan scan[KEY_COUNT] = {
    [KEY_ESC] = {PLAIN, 0x76, 0x08, M},       [KEY_1] = {PLAIN, 0x16, 0x16, T},
    [KEY_2] = {PLAIN, 0x1e, 0x1e, T},         [KEY_3] = {PLAIN, 0x26, 0x26, T},
    [KEY_4] = {PLAIN, 0x25, 0x25, T},         [KEY_5] = {PLAIN, 0x2e, 0x2e, T},
    [KEY_6] = {PLAIN, 0x36, 0x36, T},         [KEY_7] = {PLAIN, 0x3d, 0x3d, T},
    [KEY_8] = {PLAIN, 0x3e, 0x3e, T},         [KEY_9] = {PLAIN, 0x46, 0x46, T},
    [KEY_0] = {PLAIN, 0x45, 0x45, T},         [KEY_MINUS] = {PLAIN, 0x4e, 0x4e, T},
    [KEY_EQUAL] = {PLAIN, 0x55, 0x55, T},     [KEY_BACKSPACE] = {PLAIN, 0x66, 0x66, T},
    [KEY_TAB] = {PLAIN, 0x0d, 0x0d, T},       [KEY_Q] = {PLAIN, 0x15, 0x15, T},
    [KEY_W] = {PLAIN, 0x1d, 0x1d, T},         [KEY_E] = {PLAIN, 0x24, 0x24, T},
    [KEY_R] = {PLAIN, 0x2d, 0x2d, T},         [KEY_T] = {PLAIN, 0x2c, 0x2c, T},
    [KEY_Y] = {PLAIN, 0x35, 0x35, T},         [KEY_U] = {PLAIN, 0x3c, 0x3c, T},
    [KEY_I] = {PLAIN, 0x43, 0x43, T},         [KEY_O] = {PLAIN, 0x44, 0x44, T},
    [KEY_P] = {PLAIN, 0x4d, 0x4d, T},         [KEY_LBRACKET] = {PLAIN, 0x54, 0x54, T},
    [KEY_RBRACKET] = {PLAIN, 0x5b, 0x5b, T},  [KEY_ENTER] = {PLAIN, 0x5a, 0x5a, T},
    [KEY_LCTRL] = {PLAIN, 0x14, 0x11, B},     [KEY_A] = {PLAIN, 0x1c, 0x1c, T},
    [KEY_S] = {PLAIN, 0x1b, 0x1b, T},         [KEY_D] = {PLAIN, 0x23, 0x23, T},
    [KEY_F] = {PLAIN, 0x2b, 0x2b, T},         [KEY_G] = {PLAIN, 0x34, 0x34, T},
    [KEY_H] = {PLAIN, 0x33, 0x33, T},         [KEY_J] = {PLAIN, 0x3b, 0x3b, T},
    [KEY_K] = {PLAIN, 0x42, 0x42, T},         [KEY_L] = {PLAIN, 0x4b, 0x4b, T},
    [KEY_SEMICOLON] = {PLAIN, 0x4c, 0x4c, T}, [KEY_QUOTE] = {PLAIN, 0x52, 0x52, T},
    [KEY_GRAVE] = {PLAIN, 0x0e, 0x0e, T},     [KEY_LSHIFT] = {PLAIN, 0x12, 0x12, B},
    [KEY_BACKSLASH] = {PLAIN, 0x5d, 0x5c, T}, [KEY_Z] = {PLAIN, 0x1a, 0x1a, T},
    [KEY_X] = {PLAIN, 0x22, 0x22, T},         [KEY_C] = {PLAIN, 0x21, 0x21, T},
    [KEY_V] = {PLAIN, 0x2a, 0x2a, T},         [KEY_B] = {PLAIN, 0x32, 0x32, T},
    [KEY_N] = {PLAIN, 0x31, 0x31, T},         [KEY_M] = {PLAIN, 0x3a, 0x3a, T},
    [KEY_COMMA] = {PLAIN, 0x41, 0x41, T},     [KEY_DOT] = {PLAIN, 0x49, 0x49, T},
    [KEY_SLASH] = {PLAIN, 0x4a, 0x4a, T},     [KEY_RSHIFT] = {PLAIN, 0x59, 0x59, B},
    [KEY_KP_STAR] = {PLAIN, 0x7c, 0x7e, M},   [KEY_LALT] = {PLAIN, 0x11, 0x19, B},
    [KEY_SPACE] = {PLAIN, 0x29, 0x29, T},     [KEY_CAPSLOCK] = {PLAIN, 0x58, 0x14, B},
    [KEY_F1] = {PLAIN, 0x05, 0x07, M},        [KEY_F2] = {PLAIN, 0x06, 0x0f, M},
    [KEY_F3] = {PLAIN, 0x04, 0x17, M},        [KEY_F4] = {PLAIN, 0x0c, 0x1f, M},
    [KEY_F5] = {PLAIN, 0x03, 0x27, M},        [KEY_F6] = {PLAIN, 0x0b, 0x2f, M},
    [KEY_F7] = {PLAIN, 0x83, 0x37, M},        [KEY_F8] = {PLAIN, 0x0a, 0x3f, M},
    [KEY_F9] = {PLAIN, 0x01, 0x47, M},        [KEY_F10] = {PLAIN, 0x09, 0x4f, M},
    [KEY_NUMLOCK] = {PLAIN, 0x77, 0x76, M},   [KEY_SCROLLLOCK] = {PLAIN, 0x7e, 0x5f, M},
    [KEY_KP_7] = {PLAIN, 0x6c, 0x6c, M},      [KEY_KP_8] = {PLAIN, 0x75, 0x75, M},
    [KEY_KP_9] = {PLAIN, 0x7d, 0x7d, M},      [KEY_KP_MINUS] = {PLAIN, 0x7b, 0x84, M},
    [KEY_KP_4] = {PLAIN, 0x6b, 0x6b, M},      [KEY_KP_5] = {PLAIN, 0x73, 0x73, M},
    [KEY_KP_6] = {PLAIN, 0x74, 0x74, M},      [KEY_KP_PLUS] = {PLAIN, 0x79, 0x7c, T},
    [KEY_KP_1] = {PLAIN, 0x69, 0x69, M},      [KEY_KP_2] = {PLAIN, 0x72, 0x72, M},
    [KEY_KP_3] = {PLAIN, 0x7a, 0x7a, M},      [KEY_KP_0] = {PLAIN, 0x70, 0x70, M},
    [KEY_KP_DOT] = {PLAIN, 0x71, 0x71, M},    [KEY_LESS] = {PLAIN, 0x61, 0x13, T},
    [KEY_F11] = {PLAIN, 0x78, 0x56, M},       [KEY_F12] = {PLAIN, 0x07, 0x5e, M},
    [KEY_KP_ENTER] = {EXT, 0x5a, 0x79, M},    [KEY_RCTRL] = {EXT, 0x14, 0x58, M},
    [KEY_KP_SLASH] = {SLASH, 0x4a, 0x77, M},  [KEY_PRINT] = {PRTSC, 0x7c, 0x57, M},
    [KEY_RALT] = {EXT, 0x11, 0x39, M},        [KEY_PAUSE] = {PAUSE, 0x77, 0x62, M},
    [KEY_HOME] = {NAV, 0x6c, 0x6e, M},        [KEY_UP] = {NAV, 0x75, 0x63, T},
    [KEY_PAGEUP] = {NAV, 0x7d, 0x6f, M},      [KEY_LEFT] = {NAV, 0x6b, 0x61, T},
    [KEY_RIGHT] = {NAV, 0x74, 0x6a, T},       [KEY_END] = {NAV, 0x69, 0x65, M},
    [KEY_DOWN] = {NAV, 0x72, 0x60, T},        [KEY_PAGEDOWN] = {NAV, 0x7a, 0x6d, M},
    [KEY_INSERT] = {NAV, 0x70, 0x67, M},      [KEY_DELETE] = {NAV, 0x71, 0x64, T},
    [KEY_LWIN] = {EXT, 0x1f, 0x8b, M},        [KEY_RWIN] = {EXT, 0x27, 0x8c, M},
    [KEY_MENU] = {EXT, 0x2f, 0x8d, M},
};

/* ---- building the bytes of one key event ---- */

struct sequence {
    u8 byte[16];
    unsigned count;
};

static void put(struct sequence *q, u8 byte)
{
    if (q->count < sizeof(q->byte))
        q->byte[q->count++] = byte;
}

/* One code of sets 1 and 2 with its prefix. */
static void code(struct sequence *q, unsigned set, bool ext, u8 set2, bool down)
{
    if (ext)
        put(q, 0xe0);
    if (set == 1) {
        put(q, ps2_to_set1(set2) | (down ? 0 : 0x80));
    } else {
        if (!down)
            put(q, 0xf0);
        put(q, set2);
    }
}

static bool shift_down(const struct ps2kbd *k)
{
    return k->down[KEY_LSHIFT] || k->down[KEY_RSHIFT];
}

/* Pretend that the Shift keys which are held were released (or pressed again). */
static void fake_shifts(const struct ps2kbd *k, struct sequence *q, bool down)
{
    if (k->down[KEY_LSHIFT])
        code(q, k->set, true, 0x12, down);
    if (k->down[KEY_RSHIFT])
        code(q, k->set, true, 0x59, down);
}

static void print_screen(const struct ps2kbd *k, struct sequence *q, bool down, bool again)
{
    if (k->down[KEY_LALT] || k->down[KEY_RALT]) {
        code(q, k->set, false, 0x84, down); /* SysRq */
        return;
    }
    bool bare = shift_down(k) || k->down[KEY_LCTRL] || k->down[KEY_RCTRL] || again;
    if (!bare && down)
        code(q, k->set, true, 0x12, true);
    code(q, k->set, true, 0x7c, down);
    if (!bare && !down)
        code(q, k->set, true, 0x12, false);
}

/* Pause sends everything when it is pressed, nothing when it is released. */
static void pause_key(const struct ps2kbd *k, struct sequence *q)
{
    if (k->down[KEY_LCTRL] || k->down[KEY_RCTRL]) {
        code(q, k->set, true, 0x7e, true); /* Break */
        code(q, k->set, true, 0x7e, false);
        return;
    }
    put(q, 0xe1);
    code(q, k->set, false, 0x14, true);
    code(q, k->set, false, 0x77, true);
    put(q, 0xe1);
    code(q, k->set, false, 0x14, false);
    code(q, k->set, false, 0x77, false);
}

static void build(const struct ps2kbd *k, struct sequence *q, enum key key, bool down, bool again)
{
    const struct scan *c = &scan[key];
    if (k->set == 3) {
        if (down) {
            put(q, c->set3);
        } else if (k->key_type[c->set3] & SET3_BREAK) {
            put(q, 0xf0);
            put(q, c->set3);
        }
        return;
    }
    bool num = k->leds & 2;
    switch (c->kind) {
    case PLAIN:
    case EXT:
        code(q, k->set, c->kind == EXT, c->set2, down);
        break;
    case NAV:
        /* The grey keys must not act as shifted keypad keys: hide Shift, or undo Num Lock. */
        if (down && !again) {
            if (!num)
                fake_shifts(k, q, false);
            else if (!shift_down(k))
                code(q, k->set, true, 0x12, true);
        }
        code(q, k->set, true, c->set2, down);
        if (!down) {
            if (!num)
                fake_shifts(k, q, true);
            else if (!shift_down(k))
                code(q, k->set, true, 0x12, false);
        }
        break;
    case SLASH:
        if (down && !again)
            fake_shifts(k, q, false);
        code(q, k->set, true, c->set2, down);
        if (!down)
            fake_shifts(k, q, true);
        break;
    case PRTSC:
        print_screen(k, q, down, again);
        break;
    case PAUSE:
        if (down)
            pause_key(k, q);
        break;
    }
}

/* For who looks. */
static void note(struct ps2kbd *k, const struct sequence *q, enum key key, bool down, bool again)
{
    static const char *const names[KEY_COUNT] = {
#define KEY_NAME(id, word) [KEY_##id] = word,
        KEY_LIST(KEY_NAME)
#undef KEY_NAME
    };
    u8 given[sizeof(q->byte) + 1];
    memcpy(given, q->byte, q->count);
    given[q->count] = (u8)((down ? PS2KBD_DOWN : 0) | (again ? PS2KBD_AGAIN : 0) | k->set << 4);
    command_log_add(&k->codes, clock_now(k->dev.board->clock), names[key], given, q->count + 1);
}

static void transmit(struct ps2kbd *k, enum key key, bool down, bool again)
{
    struct sequence q = {.count = 0};
    build(k, &q, key, down, again);
    if (!q.count)
        return;
    if (ps2_queue(&k->link, q.byte, q.count, FIFO)) {
        note(k, &q, key, down, again);
        k->overrun = false;
    } else if (!k->overrun) {
        /* One byte of room is kept for saying that codes were lost. */
        u8 lost = k->set == 1 ? 0xff : 0x00;
        k->overrun = ps2_queue(&k->link, &lost, 1, FIFO + 1);
    }
}

/* ---- typematic ---- */

static u64 repeat_delay(const struct ps2kbd *k)
{
    return ((k->typematic >> 5 & 3) + 1u) * 250 * NS_PER_MS;
}

/* (8 + A) * 2^B / 240 s, A = bits 2-0, B = bits 4-3 */
static u64 repeat_period(const struct ps2kbd *k)
{
    return (8u + (k->typematic & 7)) * (1ull << (k->typematic >> 3 & 3)) * NS_PER_SEC / 240;
}

static void stop_repeat(struct ps2kbd *k)
{
    k->repeating = KEY_NONE;
    timer_disarm(&k->repeat);
}

static void on_repeat(void *opaque)
{
    struct ps2kbd *k = opaque;
    if (k->repeating == KEY_NONE || !k->scanning)
        return;
    /* A host that does not read gets no pile of repeats, as the queue would overrun at once. */
    if (!k->link.queue_count)
        transmit(k, k->repeating, true, true);
    timer_arm(&k->repeat, clock_now(k->dev.board->clock) + repeat_period(k));
}

static bool repeats(const struct ps2kbd *k, enum key key)
{
    if (k->set == 3)
        return k->key_type[scan[key].set3] & SET3_REPEAT;
    return scan[key].kind != PAUSE;
}

void ps2kbd_key(struct ps2kbd *k, enum key key, bool down)
{
    if (key <= KEY_NONE || key >= KEY_COUNT || k->down[key] == down)
        return;
    if (!down)
        k->down[key] = false; /* a Shift key's own break sees it released, a make not yet held */
    if (k->scanning)
        transmit(k, key, down, false);
    k->down[key] = down;
    if (down) {
        stop_repeat(k);
        if (k->scanning && repeats(k, key)) {
            k->repeating = (u8)key;
            timer_arm(&k->repeat, clock_now(k->dev.board->clock) + repeat_delay(k));
        }
    } else if (k->repeating == key) {
        stop_repeat(k);
    }
}

bool ps2kbd_ready(const struct ps2kbd *k)
{
    return k->link.queue_count == 0 && !timer_armed(&k->bat);
}

/* ---- commands ---- */

static void default_types(struct ps2kbd *k)
{
    memset(k->key_type, 0, sizeof(k->key_type));
    for (int i = KEY_NONE + 1; i < KEY_COUNT; i++)
        k->key_type[scan[i].set3] = scan[i].type3;
}

static void set_defaults(struct ps2kbd *k)
{
    k->set = 2;
    k->typematic = DEFAULT_TYPEMATIC;
    default_types(k);
    ps2_clear(&k->link);
    k->overrun = false;
    stop_repeat(k);
}

static void on_bat(void *opaque)
{
    struct ps2kbd *k = opaque;
    k->scanning = true;
    ps2_reply(&k->link, BAT_OK);
}

static void parameter(struct ps2kbd *k, u8 command, u8 v)
{
    switch (command) {
    case 0xed:
        k->leds = v & 7;
        ps2_reply(&k->link, ACK);
        break;
    case 0xf0:
        if (v > 3) {
            ps2_reply(&k->link, RESEND);
            break;
        }
        ps2_reply(&k->link, ACK);
        if (v == 0) {
            ps2_reply(&k->link, k->set);
        } else {
            k->set = v;
            k->link.queue_count = 0;
            stop_repeat(k);
        }
        break;
    case 0xf3:
        k->typematic = v & 0x7f;
        ps2_reply(&k->link, ACK);
        break;
    default: /* FB, FC, FD: a list of set 3 codes that the next command ends */
        k->key_type[v] = command == 0xfb ? SET3_REPEAT : command == 0xfc ? SET3_BREAK : 0;
        k->command = command;
        ps2_reply(&k->link, ACK);
        break;
    }
}

static void receive(void *device, u8 v)
{
    static const u8 all[4] = {SET3_REPEAT, SET3_BREAK, 0, SET3_REPEAT | SET3_BREAK};
    struct ps2kbd *k = device;
    u8 command = k->command;
    k->command = 0;
    if (command && v < 0xed) {
        parameter(k, command, v);
        return;
    }
    switch (v) {
    case 0xed:
    case 0xf0:
    case 0xf3:
    case 0xfb:
    case 0xfc:
    case 0xfd:
        k->command = v;
        ps2_reply(&k->link, ACK);
        break;
    case 0xee: /* echo */
        ps2_reply(&k->link, 0xee);
        break;
    case 0xf2: /* identify */
        ps2_reply(&k->link, ACK);
        ps2_reply(&k->link, 0xab);
        ps2_reply(&k->link, 0x83);
        break;
    case 0xf4:
        ps2_clear(&k->link);
        k->overrun = false;
        k->scanning = true;
        ps2_reply(&k->link, ACK);
        break;
    case 0xf5:
        set_defaults(k);
        k->scanning = false;
        ps2_reply(&k->link, ACK);
        break;
    case 0xf6:
        set_defaults(k);
        ps2_reply(&k->link, ACK);
        break;
    case 0xf7 ... 0xfa: /* all keys: typematic, make/break, make, typematic/make/break */
        memset(k->key_type, all[v - 0xf7], sizeof(k->key_type));
        ps2_reply(&k->link, ACK);
        break;
    case 0xfe:
        ps2_reply(&k->link, k->link.last_sent);
        break;
    case 0xff:
        set_defaults(k);
        k->leds = 0;
        k->scanning = false;
        ps2_reply(&k->link, ACK);
        timer_arm(&k->bat, clock_now(k->dev.board->clock) + BAT_NS);
        break;
    default:
        log_at(k->dev.board->log, LOG_GUEST, "keyboard: command %02x", v);
        ps2_reply(&k->link, RESEND);
        break;
    }
}

/* ---- the device ---- */

static bool ps2kbd_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct ps2kbd *k = (struct ps2kbd *)d;
    k->link.device = k;
    k->link.receive = receive;
    timer_init(&k->repeat, b->clock, on_repeat, k);
    timer_init(&k->bat, b->clock, on_bat, k);
    return true;
}

/* The keyboard has no reset line; this is power coming back, with its self-test already over. */
static void ps2kbd_reset(struct device *d)
{
    struct ps2kbd *k = (struct ps2kbd *)d;
    set_defaults(k);
    timer_disarm(&k->bat);
    k->leds = 0;
    k->command = 0;
    k->scanning = true;
}

static void ps2kbd_state(struct device *d, struct state *s)
{
    struct ps2kbd *k = (struct ps2kbd *)d;
    command_log_state(&k->codes, s, clock_now(d->board->clock));
    ps2_state(&k->link, s);
    state_u8(s, "set", &k->set);
    state_u8(s, "leds", &k->leds);
    state_u8(s, "typematic", &k->typematic);
    state_bool(s, "scanning", &k->scanning);
    state_u8(s, "command", &k->command);
    state_bytes(s, "key_type", k->key_type, sizeof(k->key_type));
    state_same_u64(s, "keys", KEY_COUNT);
    for (int i = 0; i < KEY_COUNT; i++)
        state_bool(s, "down", &k->down[i]);
    state_u8(s, "repeating", &k->repeating);
    state_bool(s, "overrun", &k->overrun);
    timer_state(&k->repeat, s, "repeat");
    timer_state(&k->bat, s, "bat");
    if (state_loading(s) && (k->repeating >= KEY_COUNT || k->set < 1 || k->set > 3))
        state_fail(s, "keyboard: impossible key or scan-code set");
}

static void ps2kbd_destroy(struct device *d)
{
    struct ps2kbd *k = (struct ps2kbd *)d;
    timer_disarm(&k->repeat);
    timer_disarm(&k->bat);
}

static void ps2kbd_describe(const struct device *d, FILE *out)
{
    const struct ps2kbd *k = (const struct ps2kbd *)d;
    fprintf(out,
            "scan-code set %u, %s, LEDs%s%s%s, repeat after %u ms at %.1f/s, %u bytes queued\n",
            k->set, k->scanning ? "scanning" : "not scanning", k->leds & 1 ? " scroll" : "",
            k->leds & 2 ? " num" : "", k->leds & 4 ? " caps" : "",
            (unsigned)(repeat_delay(k) / NS_PER_MS), 1e9 / (double)repeat_period(k),
            k->link.queue_count + k->link.reply_count);
}

const struct device_class ps2kbd_class = {
    .name = "keyboard",
    .doc = "PS/2 keyboard, 104 keys",
    .size = sizeof(struct ps2kbd),
    .state_version = 1,
    .realize = ps2kbd_realize,
    .reset = ps2kbd_reset,
    .state = ps2kbd_state,
    .destroy = ps2kbd_destroy,
    .describe = ps2kbd_describe,
};
