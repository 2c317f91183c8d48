/*
 * fuzz_ini.c - a machine's file of any content: understood, or refused with one line that names the
 * file. What was understood reads the same after settings were changed in it.
 *
 * Bytes from 80h on stand for words that such a file has.
 */
#include "frontend/machines/config.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "[machine]\n",
    "[cpu]\n",
    "[drive.c]\n",
    "[drive.]\n",
    "[net]\n",
    "[",
    "]",
    "format = 1\n",
    "format = 2\n",
    "guest = dos\n",
    "guest = linux\n",
    "model = 486\n",
    "file = a.img\n",
    "mode = overlay\n",
    "if = cdrom\n",
    "index = 9\n",
    "restrict = yes\n",
    " = ",
    "=",
    "#",
    ";",
    "\n",
    "\r\n",
    "\xef\xbb\xbf",
    "name = ",
    "throwaway = maybe\n",
    "\t",
    "../",
};

static char *spelled(const u8 *data, size_t size, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    for (size_t i = 0; out && i < size && ftell(out) < 60000; i++) {
        if (data[i] < 0x80)
            putc(data[i], out);
        else
            fputs(words[(data[i] - 0x80u) % ARRAY_SIZE(words)], out);
    }
    if (!out || fclose(out) != 0)
        abort();
    return text;
}

/* As it would be saved. */
static char *written(const struct ini *f, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    for (size_t i = 0; out && i < f->count; i++)
        fprintf(out, "%s\n", f->line[i].text);
    if (!out || fclose(out) != 0)
        abort();
    return text;
}

static void change(struct ini *f, struct err *e)
{
    size_t size;
    struct ini again;
    if (!ini_set(f, "memory", "mb", " 32 ", e) || !ini_set(f, "drive.x", "file", "a # b", e) ||
        !ini_set(f, "memory", "mb", "64", e) || ini_set(f, "a\nb", "c", "d", e) ||
        ini_set(f, "a", "c", "d\n[e]", e))
        abort();
    char *text = written(f, &size);
    if (!ini_parse(&again, "again", text, size, e))
        abort();
    if (strcmp(ini_get(&again, "memory", "mb", NULL), "64") != 0 ||
        strcmp(ini_get(&again, "drive.x", "file", NULL), "a # b") != 0)
        abort();
    for (size_t i = 0; i < f->count; i++) {
        const struct ini_line *l = &f->line[i];
        const char *value = l->key ? ini_get(&again, l->section, l->key, NULL) : NULL;
        if (l->key && (!value || strcmp(value, l->value) != 0))
            abort();
    }
    if (!ini_remove(&again, "memory", "mb") || ini_get(&again, "memory", "mb", NULL))
        abort();
    ini_free(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct config c = {.folder = NULL};
    struct err e = {{0}};
    size_t length;
    char *text = spelled(data, size, &length);
    if (ini_parse(&c.ini, "machine.ini", text, length, &e)) {
        if (!config_check(&c, &e) && strncmp(e.text, "machine.ini", 11) != 0)
            abort();
        const char *section;
        for (size_t i = 0; (section = config_section(&c, "drive.", i)); i++) {
            if (strncasecmp(section, "drive.", 6) != 0)
                abort();
        }
        change(&c.ini, &e);
        ini_free(&c.ini);
    } else if (strncmp(e.text, "machine.ini", 11) != 0 || strchr(e.text, '\n')) {
        abort();
    }
    free(text);
    return 0;
}
