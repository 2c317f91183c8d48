/*
 * rows_input.c - commands that do what a person's hands do: keys, mouse, a terminal's line.
 */
#include "frontend/control/rows.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOUSE_MS = 20,
    PASTE_MS = 5,         /* between two changes of a key, at least */
    PASTE_PATIENCE = 30,  /* seconds without one that the guest has taken */
    PASTE_BIOS_KEYS = 8,  /* of 15 that the BIOS keeps for a program that is busy */
    BIOS_KEYS_AT = 0x41a, /* BIOS data: offsets of the first key and behind the last */
    MOUSE_PART = 100,     /* counts in one movement; a PS/2 packet holds 255 */
};

/* ---- typing ---- */

/* scratch[0]: bytes of the text that are typed; [2]: halves of the strokes of the next character.
 */

/* Can the guest's layout type all of it? Characters of no layout at all are refused before. */
static bool layout_has_all(struct call *call)
{
    const struct value *text = &call->request->arg[0];
    const struct keyboard *layout = call->control->layout;
    struct stroke stroke[KEYBOARD_STROKES];
    u32 c;
    for (size_t i = 0, n; i < text->len; i += n) {
        n = keyboard_utf8(text->text + i, text->len - i, &c);
        if (!keyboard_strokes(layout, c, stroke))
            return err_set(
                &call->error,
                "the keyboard layout \"%s\" has no \"%.*s\"; `layout` says which one the "
                "guest has",
                keyboard_name(layout), (int)n, text->text + i);
    }
    return true;
}

/* A key goes down, or up, with what is held for it. false: there is no more. */
static bool type_half(struct call *call)
{
    static const char shift[] = "shift", altgr[] = "ralt";
    struct control *c = call->control;
    const struct value *text = &call->request->arg[0];
    struct stroke stroke[KEYBOARD_STROKES];
    u32 character;
    size_t at = call->scratch[0];
    if (at >= text->len)
        return false;
    size_t n = keyboard_utf8(text->text + at, text->len - at, &character);
    unsigned count = keyboard_strokes(c->layout, character, stroke),
             half = (unsigned)call->scratch[2];
    bool down = half % 2 == 0;
    const struct stroke *s = &stroke[half / 2];
    if (half / 2 < count) { /* else the layout was changed meanwhile */
        if (s->shift && down)
            control_key(c, keymap_name(shift, 5), true);
        if (s->altgr && down)
            control_key(c, keymap_name(altgr, 4), true);
        control_key(c, s->key, down);
        if (s->altgr && !down)
            control_key(c, keymap_name(altgr, 4), false);
        if (s->shift && !down)
            control_key(c, keymap_name(shift, 5), false);
    }
    call->scratch[2]++;
    if (call->scratch[2] >= 2 * count) {
        call->scratch[0] += n;
        call->scratch[2] = 0;
    }
    return true;
}

static enum command_state type_text(struct call *call)
{
    if (!call->again && !layout_has_all(call))
        return call_host_failed(call);
    if (!type_half(call))
        return COMMAND_DONE;
    u64 half = (u64)call->request->arg[1].number * NS_PER_MS / 2;
    return call_waits(call, vm_now(call->control->vm) + half);
}

static enum command_state set_layout(struct call *call)
{
    struct control *c = call->control;
    const struct value *v = &call->request->arg[0];
    if (v->given)
        c->layout = keyboard_find(keyboard_names[v->number]);
    reply_text(call->reply, "layout", keyboard_name(c->layout));
    return COMMAND_DONE;
}

/*
 * Would the guest take another key? It has fetched all so far, and the BIOS' buffer has room for
 * what a key may make. A system that does not use that buffer leaves it as the BIOS did, empty.
 */
static bool key_has_room(struct control *c)
{
    enum { FIRST = 0x1e, END = 0x3e };
    u8 b[4];
    if (!vm_keys_taken(c->vm))
        return false;
    vm_read_memory(c->vm, BIOS_KEYS_AT, b, sizeof(b));
    unsigned head = b[0] | (unsigned)b[1] << 8, tail = b[2] | (unsigned)b[3] << 8;
    if (head < FIRST || head >= END || tail < FIRST || tail >= END)
        return true;
    return (tail + END - FIRST - head) % (END - FIRST) / 2 < PASTE_BIOS_KEYS;
}

static size_t count_characters(const char *text, size_t len)
{
    size_t count = 0, n;
    u32 c;
    for (; len; text += n, len -= n, count++)
        n = keyboard_utf8(text, len, &c);
    return count;
}

/* scratch[1]: when the last half was. */
static enum command_state paste_text(struct call *call)
{
    const struct value *text = &call->request->arg[0];
    u64 now = vm_now(call->control->vm);
    if (!call->again) {
        if (!layout_has_all(call))
            return call_host_failed(call);
        call->scratch[1] = now;
    }
    if (call->scratch[2] % 2 == 0 && call->scratch[0] < text->len && !key_has_room(call->control)) {
        if (now - call->scratch[1] > PASTE_PATIENCE * NS_PER_SEC && now > call->scratch[1])
            return call_fails(call, FAULT_GUEST,
                              "the guest reads no keys; %zu of %zu characters are typed",
                              count_characters(text->text, call->scratch[0]),
                              count_characters(text->text, text->len));
        return call_waits(call, now + PASTE_MS * NS_PER_MS);
    }
    if (!type_half(call))
        return COMMAND_DONE;
    call->scratch[1] = now;
    return call_waits(call, now + PASTE_MS * NS_PER_MS);
}

/*
 * scratch[0]: how much of it is in the control's buffer; from there the port takes it as fast as
 * its line is.
 */
static enum command_state type_serial(struct call *call)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    if (!c->typed && !(c->typed = malloc(CONTROL_TYPED)))
        return call_fails(call, FAULT_HOST, "out of memory");
    if (c->typed_at == c->typed_len) {
        size_t n = arg[0].len - call->scratch[0];
        if (n == 0 && call->again)
            return COMMAND_DONE;
        n = n < CONTROL_TYPED ? n : CONTROL_TYPED;
        memcpy(c->typed, arg[0].text + call->scratch[0], n);
        call->scratch[0] += n;
        c->typed_at = 0;
        c->typed_len = n;
    }
    enum command_state state = call_keeps_waiting(call, arg[1].time, (double)arg[1].time / 1e9,
                                                  "the serial port did not take it");
    if (state == COMMAND_FAILED && call->scratch[0]) /* nobody wants the rest any more */
        c->typed_at = c->typed_len = 0;
    return state;
}

static void press(struct control *c, const struct value *chord)
{
    for (unsigned i = 0; i < chord->keys; i++)
        control_key(c, chord->key[i], true);
}

static void release(struct control *c, const struct value *chord)
{
    for (unsigned i = chord->keys; i-- > 0;)
        control_key(c, chord->key[i], false);
}

/* scratch[0]: 0 not yet, 1 down, 2 up. */
static enum command_state press_keys(struct call *call)
{
    const struct value *chord = &call->request->arg[0];
    if (call->scratch[0] == 2)
        return COMMAND_DONE;
    if (call->scratch[0] == 0)
        press(call->control, chord);
    else
        release(call->control, chord);
    call->scratch[0]++;
    u64 held = (u64)call->request->arg[1].number * NS_PER_MS;
    return call_waits(call, vm_now(call->control->vm) + held);
}

static enum command_state key_down(struct call *call)
{
    press(call->control, &call->request->arg[0]);
    return COMMAND_DONE;
}

static enum command_state key_up(struct call *call)
{
    release(call->control, &call->request->arg[0]);
    return COMMAND_DONE;
}

/* A long way is gone in several movements, as a hand would. scratch[0]: how many are done. */
static enum command_state move_mouse(struct call *call)
{
    const struct value *arg = call->request->arg;
    int dx = (int)arg[0].number, dy = (int)arg[1].number;
    int longest = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    int parts = longest ? (longest + MOUSE_PART - 1) / MOUSE_PART : 1;
    int n = (int)call->scratch[0];
    if (n == parts)
        return COMMAND_DONE;
    control_mouse(call->control, dx * (n + 1) / parts - dx * n / parts,
                  dy * (n + 1) / parts - dy * n / parts, 0, (unsigned)arg[2].number);
    call->scratch[0]++;
    return call_waits(call, vm_now(call->control->vm) + MOUSE_MS * NS_PER_MS);
}

static enum command_state mouse_move(struct call *call)
{
    const struct value *arg = call->request->arg;
    control_mouse(call->control, (int)arg[0].number, (int)arg[1].number, (int)arg[2].number,
                  call->control->buttons);
    return COMMAND_DONE;
}

static enum command_state mouse_buttons(struct call *call)
{
    control_mouse(call->control, 0, 0, 0, (unsigned)call->request->arg[0].number);
    return COMMAND_DONE;
}

static enum command_state point(struct call *call)
{
    const struct value *arg = call->request->arg;
    unsigned buttons = arg[2].given ? (unsigned)arg[2].number : call->control->buttons;
    if (!control_pointer(call->control, (u16)arg[0].number, (u16)arg[1].number, (int)arg[3].number,
                         buttons))
        return call_fails(
            call, FAULT_GUEST,
            "no driver in the guest wants positions (VMware's pointer); `mouse` moves");
    return COMMAND_DONE;
}

/* A stick's way from the middle, -100 to 100, as a position. */
static u16 deflection(s64 percent)
{
    return (u16)((percent + 100) * 65535 / 200);
}

static enum command_state joystick(struct call *call)
{
    const struct value *arg = call->request->arg;
    unsigned stick = (unsigned)arg[3].number - 1;
    if (!vm_stick(call->control->vm, stick, deflection(arg[0].number), deflection(arg[1].number),
                  (unsigned)arg[2].number))
        return call_fails(call, FAULT_HOST, "this machine has no game port");
    return COMMAND_DONE;
}

static enum command_state joystick_unplug(struct call *call)
{
    vm_stick_unplug(call->control->vm, (unsigned)call->request->arg[0].number - 1);
    return COMMAND_DONE;
}

#define CHORD_MS "50" /* how long the keys of a chord stay down, and the pause after it */
#define DEFLECTION .kind = PARAM_INT, .min = -100, .max = 100
#define STICK .name = "stick", .kind = PARAM_INT, .what = "a stick, 1 or 2", .min = 1, .max = 2
#define TYPE_MS "40"
#define MOVE .kind = PARAM_INT, .min = -10000, .max = 10000
#define RIGHT .name = "dx", .what = "movement to the right", MOVE
#define DOWN .name = "dy", .what = "movement down", MOVE
#define POSITION .kind = PARAM_INT, .min = 0, .max = 65535
#define BUTTONS .name = "buttons", .kind = PARAM_INT, .what = "sum of buttons", .min = 0, .max = 31

static const struct command rows[] = {
    {.name = "type",
     .param = {{.name = "text", .kind = PARAM_TYPED},
               {.name = "milliseconds",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = TYPE_MS,
                .what = "time for each key, in milliseconds",
                .min = 2,
                .max = 1000}},
     .help =
         "the keys for a text, 40 ms each unless said, by the guest's layout (`layout`); `\\n` is "
         "Enter. With 4 a DOS still gets all keys, and a test takes a tenth of the time",
     .flags = COMMAND_INPUT | COMMAND_WAITS,
     .run = type_text},
    {.name = "paste",
     .param = {{.name = "text", .kind = PARAM_TYPED}},
     .help = "the same as fast as the guest takes keys, for long texts",
     .flags = COMMAND_INPUT | COMMAND_WAITS,
     .run = paste_text},
    {.name = "layout",
     .param = {{.name = "layout",
                .kind = PARAM_WORD,
                .optional = true,
                .words = keyboard_names,
                .what = "a layout"}},
     .help =
         "what is printed on the guest's keys, for `type`, `paste` and the clipboard: us unless "
         "said",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = set_layout},
    {.name = "type-serial",
     .param =
         {{.name = "text", .kind = PARAM_STRING},
          {.name = "seconds", .kind = PARAM_SECONDS, .optional = true, .otherwise = ROWS_LIMIT}},
     .help = "characters that come in at the first serial port, at its speed",
     .flags = COMMAND_INPUT | COMMAND_WAITS | COMMAND_SPEAKS,
     .run = type_serial},
    {.name = "key",
     .aliases = "sendkey",
     .param = {{.name = "keys", .kind = PARAM_CHORD},
               {.name = "milliseconds",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = CHORD_MS,
                .what = "time to hold them, in milliseconds",
                .min = 1,
                .max = 60000}},
     .help = "keys pressed together, 50 ms long and 50 ms for themselves unless said, as in `key "
             "ctrl-alt-del`; names as in `hw/input/keys.h`",
     .flags = COMMAND_INPUT | COMMAND_WAITS,
     .run = press_keys},
    {.name = "key-down",
     .aliases = "hold",
     .param = {{.name = "keys", .kind = PARAM_CHORD}},
     .help = "keys that are pressed and stay down",
     .flags = COMMAND_INPUT,
     .run = key_down},
    {.name = "key-up",
     .aliases = "release",
     .param = {{.name = "keys", .kind = PARAM_CHORD}},
     .help = "keys that are let go",
     .flags = COMMAND_INPUT,
     .run = key_up},
    {.name = "mouse",
     .param = {{RIGHT}, {DOWN}, {BUTTONS, .optional = true}},
     .help = "move right and down, as fast as a hand; buttons 1 left, 2 right, 4 middle, 8 and 16 "
             "at the side, as a sum",
     .flags = COMMAND_INPUT | COMMAND_WAITS,
     .run = move_mouse},
    {.name = "mouse-move",
     .aliases = "mouse_move",
     .param = {{RIGHT},
               {DOWN},
               {.name = "wheel",
                .kind = PARAM_INT,
                .optional = true,
                .what = "turn of the wheel",
                .min = -100,
                .max = 100}},
     .help = "one movement; the wheel towards the person is positive; buttons stay as they are",
     .flags = COMMAND_INPUT,
     .run = mouse_move},
    {.name = "pointer",
     .param = {{POSITION, .name = "x", .what = "position across, 0 left to 65535 right"},
               {POSITION, .name = "y", .what = "position down, 0 top to 65535 bottom"},
               {BUTTONS, .optional = true},
               {.name = "wheel",
                .kind = PARAM_INT,
                .optional = true,
                .what = "turn of the wheel",
                .min = -100,
                .max = 100}},
     .help = "to this place of the picture, 0 to 65535 each way, while a driver in the guest wants "
             "positions",
     .flags = COMMAND_INPUT,
     .run = point},
    {.name = "mouse-buttons",
     .aliases = "mouse_button",
     .param = {{BUTTONS}},
     .help = "which buttons are down from now on",
     .flags = COMMAND_INPUT,
     .run = mouse_buttons},
    {.name = "joystick",
     .param = {{DEFLECTION, .name = "x", .what = "way to the right, -100 to 100"},
               {DEFLECTION, .name = "y", .what = "way down, -100 to 100"},
               {.name = "buttons",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "0",
                .what = "sum of buttons",
                .min = 0,
                .max = 3},
               {STICK, .optional = true, .otherwise = "1"}},
     .help =
         "a stick at the game port stands there, in percent from the middle, with buttons 1 and "
         "2 (as a sum) down; the first time plugs it in",
     .flags = COMMAND_INPUT,
     .run = joystick},
    {.name = "joystick-unplug",
     .param = {{STICK, .optional = true, .otherwise = "1"}},
     .help = "the stick is pulled out",
     .flags = COMMAND_INPUT,
     .run = joystick_unplug},
};

const struct command_topic rows_input = {"Keys, mouse, serial line", rows, ARRAY_SIZE(rows)};
