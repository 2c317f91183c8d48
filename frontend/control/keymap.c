/*
 * keymap.c - key names. See keymap.h.
 */
#include "frontend/control/keymap.h"

#include "hw/input/keys.h"

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
    return KEY_NONE;
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
