/*
 * keyboard.c - keyboard layouts. See keyboard.h.
 *
 * Each one is four rows of keys, from left to right as they lie on a PC's keyboard of 102 keys:
 *
 *     `  1 2 3 4 5 6 7 8 9 0 - =
 *     Q W E R T Y U I O P [ ]
 *     A S D F G H J K L ; ' \      \ is the key at the left of Enter
 *     <  Z X C V B N M , . /       < is the key at the right of the left Shift
 *
 * and of each row what the keys give alone, with Shift, with AltGr, and with both. A blank is
 * nothing; what is left out at the end, too. A combining accent (U+0300 and so on, DEAD_* here)
 * is a dead key. The layouts are those that Microsoft's systems call by these countries; where
 * one has a character as a dead key and for itself, the latter is taken.
 *
 * Not modelled: Caps Lock in the guest, layouts with other scripts beside the Latin one.
 */
#include "frontend/control/keyboard.h"

#include "hw/input/keys.h"

#include <string.h>

enum { ROWS = 4, LEVELS = 4, ROW_KEYS = 13, MODIFIER_SHIFT = 1, MODIFIER_ALTGR = 2 };

#define DEAD_GRAVE "\u0300"
#define DEAD_ACUTE "\u0301"
#define DEAD_CIRCUMFLEX "\u0302"
#define DEAD_TILDE "\u0303"
#define DEAD_DIAERESIS "\u0308"

struct keyboard {
    const char *name;
    const char *row[ROWS][LEVELS];
};

static const u8 row_keys[ROWS][ROW_KEYS] = {
    {KEY_GRAVE, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_0, KEY_MINUS,
     KEY_EQUAL},
    {KEY_Q, KEY_W, KEY_E, KEY_R, KEY_T, KEY_Y, KEY_U, KEY_I, KEY_O, KEY_P, KEY_LBRACKET,
     KEY_RBRACKET},
    {KEY_A, KEY_S, KEY_D, KEY_F, KEY_G, KEY_H, KEY_J, KEY_K, KEY_L, KEY_SEMICOLON, KEY_QUOTE,
     KEY_BACKSLASH},
    {KEY_LESS, KEY_Z, KEY_X, KEY_C, KEY_V, KEY_B, KEY_N, KEY_M, KEY_COMMA, KEY_DOT, KEY_SLASH},
};

const char *const keyboard_names[] = {"us", "us-intl", "uk", "de",    "ch-de", "ch-fr", "fr",
                                      "be", "it",      "es", "latam", "pt",    "br",    "dk",
                                      "no", "se",      "fi", "pl",    NULL};

/* clang-format off */
static const struct keyboard layouts[] = {
    {"us", {
        {"`1234567890-=", "~!@#$%^&*()_+"},
        {"qwertyuiop[]", "QWERTYUIOP{}"},
        {"asdfghjkl;'\\", "ASDFGHJKL:\"|"},
        {"\\zxcvbnm,./", "|ZXCVBNM<>?"}}},
    {"us-intl", {
        {DEAD_GRAVE "1234567890-=", DEAD_TILDE "!@#$%" DEAD_CIRCUMFLEX "&*()_+", " ¡²³¤€¼½¾‘’¥×", " ¹  £       ÷"},
        {"qwertyuiop[]", "QWERTYUIOP{}", "äåé®þüúíóö«»", "ÄÅÉ ÞÜÚÍÓÖ"},
        {"asdfghjkl;" DEAD_ACUTE "\\", "ASDFGHJKL:" DEAD_DIAERESIS "|", "áßð     ø¶´¬", "Á§Ð     Ø°¨¦"},
        {"\\zxcvbnm,./", "|ZXCVBNM<>?", " æ ©  ñµç ¿", " Æ ¢  Ñ Ç"}}},
    {"uk", {
        {"`1234567890-=", "¬!\"£$%^&*()_+", "¦   €"},
        {"qwertyuiop[]", "QWERTYUIOP{}", "  é   úíó", "  É   ÚÍÓ"},
        {"asdfghjkl;'#", "ASDFGHJKL:@~", "á", "Á"},
        {"\\zxcvbnm,./", "|ZXCVBNM<>?"}}},
    {"de", {
        {DEAD_CIRCUMFLEX "1234567890ß" DEAD_ACUTE, "°!\"§$%&/()=?" DEAD_GRAVE, "  ²³   {[]}\\"},
        {"qwertzuiopü+", "QWERTZUIOPÜ*", "@ €        ~"},
        {"asdfghjklöä#", "ASDFGHJKLÖÄ'"},
        {"<yxcvbnm,.-", ">YXCVBNM;:_", "|      µ"}}},
    {"ch-de", {
        {"§1234567890'" DEAD_CIRCUMFLEX, "°+\"*ç%&/()=?" DEAD_GRAVE, " ¦@#°§¬|¢  " DEAD_ACUTE DEAD_TILDE},
        {"qwertzuiopü" DEAD_DIAERESIS, "QWERTZUIOPè!", "  €       []"},
        {"asdfghjklöä$", "ASDFGHJKLéà£", "          {}"},
        {"<yxcvbnm,.-", ">YXCVBNM;:_", "\\"}}},
    {"ch-fr", {
        {"§1234567890'" DEAD_CIRCUMFLEX, "°+\"*ç%&/()=?" DEAD_GRAVE, " ¦@#°§¬|¢  " DEAD_ACUTE DEAD_TILDE},
        {"qwertzuiopè" DEAD_DIAERESIS, "QWERTZUIOPü!", "  €       []"},
        {"asdfghjkléà$", "ASDFGHJKLöä£", "          {}"},
        {"<yxcvbnm,.-", ">YXCVBNM;:_", "\\"}}},
    {"fr", {
        {"²&é\"'(-è_çà)=", " 1234567890°+", "  " DEAD_TILDE "#{[|" DEAD_GRAVE "\\^@]}"},
        {"azertyuiop" DEAD_CIRCUMFLEX "$", "AZERTYUIOP" DEAD_DIAERESIS "£", "  €        ¤"},
        {"qsdfghjklmù*", "QSDFGHJKLM%µ"},
        {"<wxcvbn,;:!", ">WXCVBN?./§"}}},
    {"be", {
        {"²&é\"'(§è!çà)-", "³1234567890°_", " |@#  ^  {}"},
        {"azertyuiop" DEAD_CIRCUMFLEX "$", "AZERTYUIOP" DEAD_DIAERESIS "*", "  €       []"},
        {"qsdfghjklmùµ", "QSDFGHJKLM%£", "          " DEAD_ACUTE DEAD_GRAVE},
        {"<wxcvbn,;:=", ">WXCVBN?./+", "\\         " DEAD_TILDE}}},
    {"it", {
        {"\\1234567890'ì", "|!\"£$%&/()=?^"},
        {"qwertyuiopè+", "QWERTYUIOPé*", "  €       []", "          {}"},
        {"asdfghjklòàù", "ASDFGHJKLç°§", "         @#"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_"}}},
    {"es", {
        {"º1234567890'¡", "ª!\"·$%&/()=?¿", "\\|@#" DEAD_TILDE "€¬"},
        {"qwertyuiop" DEAD_GRAVE "+", "QWERTYUIOP" DEAD_CIRCUMFLEX "*", "  €       []"},
        {"asdfghjklñ" DEAD_ACUTE "ç", "ASDFGHJKLÑ" DEAD_DIAERESIS "Ç", "          {}"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_"}}},
    {"latam", {
        {"|1234567890'¿", "°!\"#$%&/()=?¡", "¬          \\"},
        {"qwertyuiop" DEAD_ACUTE "+", "QWERTYUIOP" DEAD_DIAERESIS "*", "@          ~"},
        {"asdfghjklñ{}", "ASDFGHJKLÑ[]", "          " DEAD_CIRCUMFLEX DEAD_GRAVE},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_"}}},
    {"pt", {
        {"\\1234567890'«", "|!\"#$%&/()=?»", "  @£§€ {[]}"},
        {"qwertyuiop+" DEAD_ACUTE, "QWERTYUIOP*" DEAD_GRAVE, "  €       " DEAD_DIAERESIS},
        {"asdfghjklçº" DEAD_TILDE, "ASDFGHJKLÇª" DEAD_CIRCUMFLEX},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_"}}},
    {"br", {
        {"'1234567890-=", "\"!@#$%" DEAD_DIAERESIS "&*()_+", " ¹²³£¢¬     §"},
        {"qwertyuiop" DEAD_ACUTE "[", "QWERTYUIOP" DEAD_GRAVE "{", "/?°        ª"},
        {"asdfghjklç" DEAD_TILDE "]", "ASDFGHJKLÇ" DEAD_CIRCUMFLEX "}", "           º"},
        {"\\zxcvbnm,.;", "|ZXCVBNM<>:"}}},
    {"dk", {
        {"½1234567890+" DEAD_ACUTE, "§!\"#¤%&/()=?" DEAD_GRAVE, "  @£$€ {[]} |"},
        {"qwertyuiopå" DEAD_DIAERESIS, "QWERTYUIOPÅ" DEAD_CIRCUMFLEX, "  €        " DEAD_TILDE},
        {"asdfghjklæø'", "ASDFGHJKLÆØ*"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_", "\\      µ"}}},
    {"no", {
        {"|1234567890+\\", "§!\"#¤%&/()=?" DEAD_GRAVE, "  @£$€ {[]} " DEAD_ACUTE},
        {"qwertyuiopå" DEAD_DIAERESIS, "QWERTYUIOPÅ" DEAD_CIRCUMFLEX, "  €        " DEAD_TILDE},
        {"asdfghjkløæ'", "ASDFGHJKLØÆ*"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_", "       µ"}}},
    {"se", {
        {"§1234567890+" DEAD_ACUTE, "½!\"#¤%&/()=?" DEAD_GRAVE, "  @£$€ {[]}\\"},
        {"qwertyuiopå" DEAD_DIAERESIS, "QWERTYUIOPÅ" DEAD_CIRCUMFLEX, "  €        " DEAD_TILDE},
        {"asdfghjklöä'", "ASDFGHJKLÖÄ*"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_", "|      µ"}}},
    {"fi", {
        {"§1234567890+" DEAD_ACUTE, "½!\"#¤%&/()=?" DEAD_GRAVE, "  @£$€ {[]}\\"},
        {"qwertyuiopå" DEAD_DIAERESIS, "QWERTYUIOPÅ" DEAD_CIRCUMFLEX, "  €        " DEAD_TILDE},
        {"asdfghjklöä'", "ASDFGHJKLÖÄ*"},
        {"<zxcvbnm,.-", ">ZXCVBNM;:_", "|      µ"}}},
    {"pl", {
        {"`1234567890-=", "~!@#$%^&*()_+"},
        {"qwertyuiop[]", "QWERTYUIOP{}", "  ę   € ó", "  Ę     Ó"},
        {"asdfghjkl;'\\", "ASDFGHJKL:\"|", "ąś      ł", "ĄŚ      Ł"},
        {"\\zxcvbnm,./", "|ZXCVBNM<>?", " żźć  ń", " ŻŹĆ  Ń"}}},
};
/* clang-format on */

/* What an accent makes of letters; before the stroke what a dead key gives with a blank. */
static const struct {
    const char *dead, *letters, *made;
} accents[] = {
    {DEAD_GRAVE, " aeiouAEIOU", "`àèìòùÀÈÌÒÙ"},
    {DEAD_ACUTE, " aeiouyAEIOUY", "´áéíóúýÁÉÍÓÚÝ"},
    {DEAD_CIRCUMFLEX, " aeiouAEIOU", "^âêîôûÂÊÎÔÛ"},
    {DEAD_TILDE, " anoANO", "~ãñõÃÑÕ"},
    {DEAD_DIAERESIS, " aeiouyAEIOU", "¨äëïöüÿÄËÏÖÜ"},
};

/* What dead keys give with a blank, where that is another character. */
static const struct {
    const char *keyboard, *dead, *made;
} blanks[] = {
    {"us-intl", DEAD_ACUTE, "'"},
    {"us-intl", DEAD_DIAERESIS, "\""},
};

const struct keyboard *keyboard_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        if (strcmp(layouts[i].name, name) == 0)
            return &layouts[i];
    }
    return NULL;
}

const char *keyboard_name(const struct keyboard *l)
{
    return l->name;
}

size_t keyboard_utf8(const char *text, size_t len, u32 *character)
{
    const u8 *p = (const u8 *)text;
    u8 first = p[0];
    size_t n = first < 0x80                    ? 1
               : first >= 0xc2 && first < 0xe0 ? 2
               : first >= 0xe0 && first < 0xf0 ? 3
               : first >= 0xf0 && first < 0xf5 ? 4
                                               : 0;
    *character = 0x110000u + first; /* none */
    if (!n || n > len)
        return 1;
    u32 c = n == 1 ? first : first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3f);
    }
    *character = c;
    return n;
}

/* The place of a character in a text; -1: it is not there. */
static int find_in(const char *text, u32 character)
{
    u32 c;
    int i = 0;
    for (size_t len = text ? strlen(text) : 0, n; len; text += n, len -= n, i++) {
        n = keyboard_utf8(text, len, &c);
        if (c == character)
            return i;
    }
    return -1;
}

static bool one_stroke(const struct keyboard *l, u32 character, struct stroke *out)
{
    for (unsigned level = 0; character != ' ' && level < LEVELS; level++) {
        for (unsigned row = 0; row < ROWS; row++) {
            int i = find_in(l->row[row][level], character);
            if (i < 0)
                continue;
            *out =
                (struct stroke){row_keys[row][i], level & MODIFIER_SHIFT, level & MODIFIER_ALTGR};
            return true;
        }
    }
    return false;
}

/* Keys that have no place in a row, alike everywhere. */
static int plain_key(u32 character)
{
    switch (character) {
    case ' ':
        return KEY_SPACE;
    case '\n':
    case '\r':
        return KEY_ENTER;
    case '\t':
        return KEY_TAB;
    case '\b':
        return KEY_BACKSPACE;
    case 27:
        return KEY_ESC;
    default:
        return KEY_NONE;
    }
}

/* The first character of a text. */
static u32 character_at(const char *text)
{
    u32 c;
    keyboard_utf8(text, strlen(text), &c);
    return c;
}

unsigned keyboard_strokes(const struct keyboard *l, u32 character,
                          struct stroke out[KEYBOARD_STROKES])
{
    out[0] = (struct stroke){.key = plain_key(character)};
    if (out[0].key || one_stroke(l, character, &out[0]))
        return character >= 0x300 && character < 0x370 ? 0 : 1; /* no accent alone */
    for (size_t i = 0; i < ARRAY_SIZE(blanks); i++) {
        out[1] = (struct stroke){.key = KEY_SPACE};
        if (strcmp(l->name, blanks[i].keyboard) == 0 && find_in(blanks[i].made, character) == 0 &&
            one_stroke(l, character_at(blanks[i].dead), &out[0]))
            return 2;
    }
    for (size_t i = 0; i < ARRAY_SIZE(accents); i++) {
        int at = find_in(accents[i].made, character);
        if (at < 0)
            continue;
        u32 letter = (u8)accents[i].letters[at]; /* ASCII, all of them */
        if (!one_stroke(l, character_at(accents[i].dead), &out[0]))
            return 0;
        out[1] = (struct stroke){.key = plain_key(letter)};
        return out[1].key || one_stroke(l, letter, &out[1]) ? 2 : 0;
    }
    return 0;
}

bool keyboard_any(u32 character)
{
    struct stroke stroke[KEYBOARD_STROKES];
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        if (keyboard_strokes(&layouts[i], character, stroke))
            return true;
    }
    return false;
}

size_t keyboard_typed(const struct keyboard *l, const char *text, char *out)
{
    struct stroke stroke[KEYBOARD_STROKES];
    size_t lost = 0, n;
    u32 c;
    for (size_t len = strlen(text); len; text += n, len -= n) {
        n = keyboard_utf8(text, len, &c);
        if (c == '\r' && n < len && text[n] == '\n')
            continue; /* one end, not two */
        if (c == '\r') {
            *out++ = '\n';
        } else if (keyboard_strokes(l, c, stroke)) {
            memcpy(out, text, n);
            out += n;
        } else {
            lost++;
        }
    }
    *out = 0;
    return lost;
}
