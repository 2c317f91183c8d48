/*
 * vnc_keys.c - keys of VNC clients. See vnc_keys.h; the numbers of keysyms are those of the X11
 * protocol, appendix A.
 *
 * Not modelled: Num Lock of the client, when it differs from the guest's; releasing a dead key
 * later than it was pressed.
 */
#include "frontend/vnc/vnc_keys.h"

#include "frontend/control/keyboard.h"
#include "hw/input/keys.h"

enum { LED_CAPS = 4 };

/* The list of keys begins as scan codes of set 1 do. */
_Static_assert(KEY_ESC == 1 && KEY_RSHIFT == 0x36 && KEY_KP_DOT == 0x53, "keys by scan code");

int vnc_key_code(u32 code)
{
    static const u8 more[] = {
        [0x54] = KEY_PRINT,    [0x56] = KEY_LESS,     [0x57] = KEY_F11,      [0x58] = KEY_F12,
        [0x9c] = KEY_KP_ENTER, [0x9d] = KEY_RCTRL,    [0xb5] = KEY_KP_SLASH, [0xb7] = KEY_PRINT,
        [0xb8] = KEY_RALT,     [0xc6] = KEY_PAUSE,    [0xc7] = KEY_HOME,     [0xc8] = KEY_UP,
        [0xc9] = KEY_PAGEUP,   [0xcb] = KEY_LEFT,     [0xcd] = KEY_RIGHT,    [0xcf] = KEY_END,
        [0xd0] = KEY_DOWN,     [0xd1] = KEY_PAGEDOWN, [0xd2] = KEY_INSERT,   [0xd3] = KEY_DELETE,
        [0xdb] = KEY_LWIN,     [0xdc] = KEY_RWIN,     [0xdd] = KEY_MENU,
    };
    return code <= KEY_KP_DOT ? (int)code : code < ARRAY_SIZE(more) ? more[code] : KEY_NONE;
}

int vnc_key_named(u32 keysym)
{
    static const struct {
        u16 keysym;
        u8 key;
    } names[] = {
        {0x0020, KEY_SPACE},     {0xfe03, KEY_RALT}, /* ISO_Level3_Shift */
        {0xfe20, KEY_TAB},                           /* with Shift */
        {0xff08, KEY_BACKSPACE}, {0xff09, KEY_TAB},      {0xff0a, KEY_ENTER},
        {0xff0d, KEY_ENTER},     {0xff13, KEY_PAUSE},    {0xff14, KEY_SCROLLLOCK},
        {0xff15, KEY_PRINT},     {0xff1b, KEY_ESC},      {0xff50, KEY_HOME},
        {0xff51, KEY_LEFT},      {0xff52, KEY_UP},       {0xff53, KEY_RIGHT},
        {0xff54, KEY_DOWN},      {0xff55, KEY_PAGEUP},   {0xff56, KEY_PAGEDOWN},
        {0xff57, KEY_END},       {0xff61, KEY_PRINT},    {0xff63, KEY_INSERT},
        {0xff67, KEY_MENU},      {0xff6b, KEY_PAUSE},    {0xff7e, KEY_RALT}, /* Mode_switch */
        {0xff7f, KEY_NUMLOCK},   {0xff8d, KEY_KP_ENTER}, {0xff95, KEY_KP_7},
        {0xff96, KEY_KP_4},      {0xff97, KEY_KP_8},     {0xff98, KEY_KP_6},
        {0xff99, KEY_KP_2},      {0xff9a, KEY_KP_9},     {0xff9b, KEY_KP_3},
        {0xff9c, KEY_KP_1},      {0xff9d, KEY_KP_5},     {0xff9e, KEY_KP_0},
        {0xff9f, KEY_KP_DOT},    {0xffaa, KEY_KP_STAR},  {0xffab, KEY_KP_PLUS},
        {0xffac, KEY_KP_DOT},    {0xffad, KEY_KP_MINUS}, {0xffae, KEY_KP_DOT},
        {0xffaf, KEY_KP_SLASH},  {0xffb0, KEY_KP_0},     {0xffb1, KEY_KP_1},
        {0xffb2, KEY_KP_2},      {0xffb3, KEY_KP_3},     {0xffb4, KEY_KP_4},
        {0xffb5, KEY_KP_5},      {0xffb6, KEY_KP_6},     {0xffb7, KEY_KP_7},
        {0xffb8, KEY_KP_8},      {0xffb9, KEY_KP_9},     {0xffbe, KEY_F1},
        {0xffbf, KEY_F2},        {0xffc0, KEY_F3},       {0xffc1, KEY_F4},
        {0xffc2, KEY_F5},        {0xffc3, KEY_F6},       {0xffc4, KEY_F7},
        {0xffc5, KEY_F8},        {0xffc6, KEY_F9},       {0xffc7, KEY_F10},
        {0xffc8, KEY_F11},       {0xffc9, KEY_F12},      {0xffe1, KEY_LSHIFT},
        {0xffe2, KEY_RSHIFT},    {0xffe3, KEY_LCTRL},    {0xffe4, KEY_RCTRL},
        {0xffe5, KEY_CAPSLOCK},  {0xffe7, KEY_LWIN}, /* Meta */
        {0xffe8, KEY_RWIN},      {0xffe9, KEY_LALT},     {0xffea, KEY_RALT},
        {0xffeb, KEY_LWIN},      {0xffec, KEY_RWIN},     {0xffff, KEY_DELETE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].keysym == keysym)
            return names[i].key;
    }
    return KEY_NONE;
}

u32 vnc_key_character(u32 keysym)
{
    /* Dead keys are typed as what they put on a letter. */
    static const struct {
        u16 keysym, character;
    } others[] = {
        {0xfe50, '`'},   {0xfe51, 0xb4},  {0xfe52, '^'},
        {0xfe53, '~'},   {0xfe57, 0xa8},  {0x20ac, 0x20ac}, /* the euro has a keysym of its own */
        {0x13bc, 0x152}, {0x13bd, 0x153}, {0x13be, 0x178},
    };
    if ((keysym > 0x20 && keysym < 0x7f) || (keysym >= 0xa0 && keysym <= 0xff))
        return keysym;
    if (keysym >= 0x01000100 && keysym <= 0x0110ffff)
        return keysym - 0x01000000;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (others[i].keysym == keysym)
            return others[i].character;
    }
    return 0;
}

/* ---- hands ---- */

static bool holds(const struct vnc_hands *h, int key)
{
    for (unsigned i = 0; i < VNC_HELD; i++) {
        if (h->held[i].name && h->held[i].key == key)
            return true;
    }
    return false;
}

static void keep(struct vnc_hands *h, struct control *c, u32 name, int key)
{
    for (unsigned i = 0; i < VNC_HELD; i++) {
        if (h->held[i].name)
            continue;
        h->held[i].name = name;
        h->held[i].key = (u8)key;
        control_key(c, key, true);
        return;
    }
}

static void let_go(struct vnc_hands *h, struct control *c, unsigned i)
{
    h->held[i].name = 0;
    control_key(c, h->held[i].key, false);
}

/* Keys that are held and are not to be, for a moment; or the other way round. */
static void set_held(const struct vnc_hands *h, struct control *c, const int keys[2], bool want,
                     bool moment)
{
    bool any = holds(h, keys[0]) || (keys[1] && holds(h, keys[1]));
    if (any == want)
        return;
    if (want)
        control_key(c, keys[0], moment);
    for (unsigned i = 0; !want && i < 2; i++) {
        if (keys[i] && holds(h, keys[i]))
            control_key(c, keys[i], !moment);
    }
}

/* Letters are what Caps Lock turns round. */
static bool is_letter(u32 c)
{
    u32 lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (lower >= 0xe0 && lower <= 0xfe && lower != 0xf7);
}

/* Shift and AltGr as a stroke wants them, for the moment, or as they were. */
static void shifts(const struct vnc_hands *h, struct control *c, const struct stroke *s, u32 letter,
                   bool moment)
{
    static const int shift[2] = {KEY_LSHIFT, KEY_RSHIFT}, altgr[2] = {KEY_RALT, KEY_NONE};
    bool caps = is_letter(letter) && !s->altgr && (vm_leds(c->vm) & LED_CAPS);
    set_held(h, c, shift, s->shift != caps, moment);
    set_held(h, c, altgr, s->altgr, moment);
}

/* What is held makes a command of it, and no character. */
static bool chord(const struct vnc_hands *h)
{
    bool ctrl = holds(h, KEY_LCTRL) || holds(h, KEY_RCTRL), alt = holds(h, KEY_LALT);
    /* Ctrl with Alt is what some clients make of AltGr. */
    return ((ctrl || alt) && !(ctrl && holds(h, KEY_RALT))) || holds(h, KEY_LWIN) ||
           holds(h, KEY_RWIN);
}

static void press_character(struct vnc_hands *h, struct control *c, u32 keysym, u32 character)
{
    struct stroke stroke[KEYBOARD_STROKES];
    unsigned count = keyboard_strokes(c->layout, character, stroke);
    if (!count)
        return;
    const struct stroke *last = &stroke[count - 1];
    if (chord(h)) {
        keep(h, c, keysym, last->key);
        return;
    }
    for (const struct stroke *s = stroke; s < last; s++) { /* a dead key */
        shifts(h, c, s, 0, true);
        control_key(c, s->key, true);
        control_key(c, s->key, false);
        shifts(h, c, s, 0, false);
    }
    u32 letter = count == 1 ? character : 0;
    shifts(h, c, last, letter, true);
    keep(h, c, keysym, last->key);
    shifts(h, c, last, letter, false);
}

void vnc_hands_key(struct vnc_hands *h, struct control *c, u32 keysym, u32 code, bool down)
{
    int key = vnc_key_code(code);
    u32 name = key ? VNC_CODE | code : keysym;
    for (unsigned i = 0; name && i < VNC_HELD; i++) {
        if (h->held[i].name != name)
            continue;
        if (!down)
            let_go(h, c, i);
        return; /* the client repeats it; the guest's keyboard does so itself */
    }
    if (!key)
        key = vnc_key_named(keysym);
    u32 character = key ? 0 : vnc_key_character(keysym);
    if (!down) {
        /* Shift was let go before the key, so that it has another name now: the same key. */
        struct stroke stroke[KEYBOARD_STROKES];
        unsigned count = character ? keyboard_strokes(c->layout, character, stroke) : 0;
        key = count ? stroke[count - 1].key : key;
        for (unsigned i = 0; key && i < VNC_HELD; i++) {
            if (h->held[i].name && h->held[i].key == key) {
                let_go(h, c, i);
                return;
            }
        }
    } else if (key && !holds(h, key)) {
        keep(h, c, name, key);
    } else if (character) {
        press_character(h, c, keysym, character);
    }
}

void vnc_hands_off(struct vnc_hands *h, struct control *c)
{
    for (unsigned i = 0; i < VNC_HELD; i++) {
        if (h->held[i].name)
            let_go(h, c, i);
    }
}
