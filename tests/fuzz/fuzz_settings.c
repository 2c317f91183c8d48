/*
 * fuzz_settings.c - the file that remembers the window's settings, of any content: what can be
 * understood is taken, values stay in their bounds, and what is written again reads the same.
 */
#include "frontend/view/settings.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {
    "scale", "filter",     "pace",       "status",  "fullscreen",  "ui-scale", "volume",
    "mute",  "menu-pause", "menu-key",   "width",   "height",      "recent",   "directory",
    " = ",   "=",          "\n",         "integer", "crt",         "blend",    "auto",
    "on",    "off",        "/tmp/a.img", "/b",      "99999999999", "-1",       "0",
    "\r\n",  "#",          "rctrl",      "f11",     "100",         "4000",
};

static void check_bounds(const struct settings *s)
{
    const struct setting *which;
    for (unsigned i = 0; (which = setting_at(i)); i++) {
        int v = *(const int *)(const void *)((const char *)s + which->offset), high = which->high;
        if (which->values) {
            for (high = -1; which->values[high + 1]; high++)
                ;
        }
        if (v < 0 || v > high)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct settings s, again;
    char *text = malloc(size * 16 + 1), *to = text;
    if (!text)
        abort();
    while (choices_left(&c)) {
        u8 byte = choose8(&c);
        if (byte < 0x80)
            *to++ = (char)byte;
        else
            to = stpcpy(to, words[(byte & 0x7fu) % ARRAY_SIZE(words)]);
    }
    size_t len = (size_t)(to - text), first_len, second_len;
    char *exact = malloc(len ? len : 1); /* a sanitizer sees its end */
    memcpy(exact, text, len);
    settings_preset(&s);
    settings_read(&s, exact, len);
    check_bounds(&s);
    char *first = settings_write(&s, &first_len);
    settings_preset(&again);
    if (!first)
        abort();
    settings_read(&again, first, first_len);
    char *second = settings_write(&again, &second_len);
    if (!second || first_len != second_len || memcmp(first, second, first_len) != 0)
        abort();
    free(first);
    free(second);
    free(exact);
    free(text);
    settings_free(&s);
    settings_free(&again);
    return 0;
}
