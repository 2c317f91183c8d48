/*
 * keymap.c - key names. See keymap.h.
 */
#include "frontend/control/keymap.h"

#include "hw/input/keys.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const words[KEY_COUNT] = {
#define KEY_WORD(id, word) [KEY_##id] = word,
    KEY_LIST(KEY_WORD)
#undef KEY_WORD
};

/* Other names that people write. */
static const struct {
    const char *word;
    int key;
} aliases[] = {
    {"escape", KEY_ESC},
    {"return", KEY_ENTER},
    {"ret", KEY_ENTER},
    {"bs", KEY_BACKSPACE},
    {"spc", KEY_SPACE},
    {"lctrl", KEY_LCTRL},
    {"control", KEY_LCTRL},
    {"lshift", KEY_LSHIFT},
    {"lalt", KEY_LALT},
    {"altgr", KEY_RALT},
    {"caps", KEY_CAPSLOCK},
    {"num", KEY_NUMLOCK},
    {"scroll", KEY_SCROLLLOCK},
    {"del", KEY_DELETE},
    {"ins", KEY_INSERT},
    {"pgup", KEY_PAGEUP},
    {"pgdn", KEY_PAGEDOWN},
    {"break", KEY_PAUSE},
    {"lwin", KEY_LWIN},
    {"prtsc", KEY_PRINT},
    {"apostrophe", KEY_QUOTE},
    {"period", KEY_DOT},
    {"plus", KEY_KP_PLUS},
    {"equals", KEY_EQUAL},
    /* QEMU's monitor */
    {"bracket_left", KEY_LBRACKET},
    {"bracket_right", KEY_RBRACKET},
    {"grave_accent", KEY_GRAVE},
    {"caps_lock", KEY_CAPSLOCK},
    {"num_lock", KEY_NUMLOCK},
    {"scroll_lock", KEY_SCROLLLOCK},
    {"shift_r", KEY_RSHIFT},
    {"ctrl_r", KEY_RCTRL},
    {"alt_r", KEY_RALT},
    {"meta_l", KEY_LWIN},
    {"meta_r", KEY_RWIN},
    {"sysrq", KEY_PRINT},
    {"asterisk", KEY_KP_STAR},
    {"kp_add", KEY_KP_PLUS},
    {"kp_subtract", KEY_KP_MINUS},
    {"kp_multiply", KEY_KP_STAR},
    {"kp_divide", KEY_KP_SLASH},
    {"kp_decimal", KEY_KP_DOT},
};

/* The names of keys.h stand in the order of set 1. */
int keymap_number(s64 code)
{
    static const struct {
        u8 code, key;
    } others[] = {
        {0x56, KEY_LESS},     {0x57, KEY_F11},      {0x58, KEY_F12},    {0x9c, KEY_KP_ENTER},
        {0x9d, KEY_RCTRL},    {0xb5, KEY_KP_SLASH}, {0xb7, KEY_PRINT},  {0xb8, KEY_RALT},
        {0xc6, KEY_PAUSE},    {0xc7, KEY_HOME},     {0xc8, KEY_UP},     {0xc9, KEY_PAGEUP},
        {0xcb, KEY_LEFT},     {0xcd, KEY_RIGHT},    {0xcf, KEY_END},    {0xd0, KEY_DOWN},
        {0xd1, KEY_PAGEDOWN}, {0xd2, KEY_INSERT},   {0xd3, KEY_DELETE}, {0xdb, KEY_LWIN},
        {0xdc, KEY_RWIN},     {0xdd, KEY_MENU},
    };
    if (code >= KEY_ESC && code <= KEY_KP_DOT)
        return (int)code;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (others[i].code == code)
            return others[i].key;
    }
    return KEY_NONE;
}

/* "0x1e", as QEMU's sendkey has it; KEY_NONE: no number. */
static int hexadecimal(const char *name, size_t len)
{
    s64 code = 0;
    if (len < 3 || len > 4 || name[0] != '0' || (name[1] | 0x20) != 'x')
        return KEY_NONE;
    for (size_t i = 2; i < len; i++) {
        int c = tolower((unsigned char)name[i]);
        if (!isxdigit(c))
            return KEY_NONE;
        code = code << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return keymap_number(code);
}

int keymap_name(const char *name, size_t len)
{
    for (int key = 1; key < KEY_COUNT; key++) {
        if (strlen(words[key]) == len && strncasecmp(words[key], name, len) == 0)
            return key;
    }
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (strlen(aliases[i].word) == len && strncasecmp(aliases[i].word, name, len) == 0)
            return aliases[i].key;
    }
    return hexadecimal(name, len);
}

const char *keymap_word(int key)
{
    return key > 0 && key < KEY_COUNT ? words[key] : "none";
}

unsigned keymap_chord(const char *text, int keys[KEYMAP_CHORD], const char **bad, size_t *bad_len)
{
    unsigned count = 0;
    for (const char *part = text;;) {
        size_t len = strcspn(part, "-");
        int key = keymap_name(part, len);
        if (!key || count == KEYMAP_CHORD) {
            *bad = part;
            *bad_len = len;
            return 0;
        }
        keys[count++] = key;
        if (!part[len])
            return count;
        part += len + 1;
    }
}
