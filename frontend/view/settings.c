/*
 * settings.c - the table of settings, and the file that remembers them. See settings.h.
 */
#include "frontend/view/settings.h"

#include "frontend/control/keyboard.h"
#include "frontend/control/out_file.h"
#include "frontend/scale/scaler.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const off_on[] = {"off", "on", NULL};
static const char *const scales[] = {"fit", "integer", "free", NULL};
static const char *const filters[] = {"sharp", "nearest", "linear", "crt", NULL};
static const char *const paces[] = {"exact", "blend", NULL};
static const char *const statuses[] = {"auto", "on", "off", NULL};
static const char *const menu_keys[] = {"f12", "f11", "scrolllock", "pause", "menu", "off", NULL};
static const char *const host_keys[] = {"rctrl", "menu", "scrolllock", "pause", "off", NULL};
static const char *const fast_keys[] = {"host-space", "alt-f12", "f11", "scrolllock",
                                        "pause",      "menu",    "off", NULL};

static const char *const typings[] = {"position", "host", NULL};
static const char *const sticks[] = {"auto", "keypad", "off", NULL};

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
    {"scale", AT(scale), scales, 0, 0, 0, SCALE_FIT,
     "fit: as large as fits; integer: whole rows; free: the whole window", false, false},
    {"filter", AT(filter), filters, 0, 0, 0, FILTER_SHARP,
     "sharp: hard even pixels; nearest; linear: smooth; crt: a colour tube", false, false},
    {"pace", AT(pace), paces, 0, 0, 0, PACE_EXACT,
     "exact: the guest's newest frame; blend: two mixed, no judder at 70 Hz", false, false},
    {"status", AT(status), statuses, 0, 0, 0, STATUS_AUTO,
     "The status line: auto shows it when there is something to say", false, false},
    {"fullscreen", AT(fullscreen), off_on, 0, 0, 0, 0, "The whole screen", false, false},
    {"ui-scale", AT(ui_scale), NULL, 0, 8, 1, 0,
     "Size of menu and status line, 1 to 8; 0: by the screen", false, false},
    {"volume", AT(volume), NULL, 0, 100, 10, 80, "Loudness, percent", false, false},
    {"mute", AT(mute), off_on, 0, 0, 0, 0, "No sound at all", false, false},
    {"sensitivity", AT(sensitivity), NULL, 10, 400, 10, 100,
     "How far the guest's mouse goes for the host's, percent", false, false},
    {"menu-pause", AT(menu_pause), off_on, 0, 0, 0, 1,
     "The machine stands still while the menu is open", false, false},
    {"menu-key", AT(menu_key), menu_keys, 0, 0, 0, 0,
     "Opens this menu; Host with it sends it to the guest", false, false},
    {"host-key", AT(host_key), host_keys, 0, 0, 0, 0,
     "Held: the window's own keys; tapped: frees the mouse. Never sent to the guest", false, false},
    {"fast-key", AT(fast_key), fast_keys, 0, 0, 0, 0,
     "Held: fast forward, as fast as the host can; host-space: Space with the host key or Ctrl+Alt",
     false, false},
    {"stick", AT(stick), sticks, 0, 0, 0, STICK_AUTO,
     "Sticks at the game port: auto: game controllers; keypad: the keypad's 1-9, 0 and .; off",
     false, false},
    {"layout", AT(layout), keyboard_names, 0, 0, 0, 0,
     "What is printed on the guest's keys: for pasting, and for typing by the host", false, false},
    {"typing", AT(typing), typings, 0, 0, 0, TYPING_POSITION,
     "position: keys by their place; host: what this computer's keyboard types", false, false},
    {"sound-device", AT(device), NULL, 0, 0, 0, 0,
     "Where the sound goes: a device of this computer, or default", false, true},
    {"width", AT(width), NULL, 0, 16384, 1, 0, "", true, false},
    {"height", AT(height), NULL, 0, 16384, 1, 0, "", true, false},
};

const struct setting *setting_at(unsigned i)
{
    return i < ARRAY_SIZE(table) ? &table[i] : NULL;
}

const struct setting *setting_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

static int *value_of(struct settings *s, const struct setting *which)
{
    return (int *)(void *)((char *)s + which->offset);
}

/* Of a setting that is a text. */
static char *text_of(struct settings *s, const struct setting *which)
{
    return (char *)s + which->offset;
}

static const char *text_in(const struct settings *s, const struct setting *which)
{
    return (const char *)s + which->offset;
}

static int value_in(const struct settings *s, const struct setting *which)
{
    return *(const int *)(const void *)((const char *)s + which->offset);
}

void settings_preset(struct settings *s)
{
    *s = (struct settings){0};
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (!table[i].text)
            *value_of(s, &table[i]) = table[i].preset;
    }
}

void settings_free(struct settings *s)
{
    free(s->directory);
    for (unsigned i = 0; i < SETTINGS_RECENT; i++)
        free(s->recent[i]);
    *s = (struct settings){0};
}

/* ---- one value ---- */

/* "fit, integer or free" */
static void say_values(const struct setting *which, char *buf, size_t size)
{
    size_t n = 0;
    *buf = 0;
    if (!which->values) {
        snprintf(buf, size, "%d to %d", which->low, which->high);
        return;
    }
    for (unsigned i = 0; which->values[i] && n < size; i++) {
        const char *between = i == 0 ? "" : which->values[i + 1] ? ", " : " or ";
        n += (size_t)snprintf(buf + n, size - n, "%s%s", between, which->values[i]);
    }
}

bool settings_set(struct settings *s, const char *name, const char *value, struct err *e)
{
    const struct setting *which = setting_find(name);
    if (!which) {
        const char *names[ARRAY_SIZE(table)];
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
            names[i] = table[i].name;
        const char *near = nearest_word(name, names, ARRAY_SIZE(names));
        return err_set(e, "the window has no setting \"%.60s\"%s%s%s", name,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (which->text) {
        bool usual = strcmp(value, SETTINGS_USUAL) == 0;
        size_t n = usual ? 0 : strlen(value);
        for (size_t i = 0; i < n; i++) {
            if ((u8)value[i] < ' ' || value[i] == 0x7f || n >= SETTINGS_VALUE)
                return err_set(e, "%s %.60s: say a name of at most %d bytes in one line", name,
                               value, SETTINGS_VALUE - 1);
        }
        memcpy(text_of(s, which), value, n);
        text_of(s, which)[n] = 0;
        return true;
    }
    if (which->values) {
        for (int i = 0; which->values[i]; i++) {
            if (strcmp(which->values[i], value) == 0) {
                *value_of(s, which) = i;
                return true;
            }
        }
    } else {
        char *end;
        errno = 0;
        long n = strtol(value, &end, 10);
        if (!errno && end != value && !*end && n >= which->low && n <= which->high) {
            *value_of(s, which) = (int)n;
            return true;
        }
    }
    char possible[120];
    say_values(which, possible, sizeof(possible));
    return err_set(e, "%s %.60s: say %s", name, value, possible);
}

void settings_text(const struct settings *s, const struct setting *which, char *buf, size_t size)
{
    if (which->text) {
        const char *text = text_in(s, which);
        snprintf(buf, size, "%s", *text ? text : SETTINGS_USUAL);
        return;
    }
    int v = value_in(s, which);
    if (which->values)
        snprintf(buf, size, "%s", which->values[v]);
    else
        snprintf(buf, size, "%d", v);
}

void settings_next(const struct settings *s, const struct setting *which, int way, char *buf,
                   size_t size)
{
    struct settings other = *s;
    if (which->text) { /* what others there are is not known here */
        settings_text(s, which, buf, size);
        return;
    }
    int *v = value_of(&other, which), count = 0;
    if (which->values) {
        while (which->values[count])
            count++;
        *v = (*v + way + count) % count;
    } else {
        int next = *v + way * which->step;
        *v = next > which->high  ? (*v == which->high ? which->low : which->high)
             : next < which->low ? (*v == which->low ? which->high : which->low)
                                 : next;
    }
    settings_text(&other, which, buf, size);
}

void settings_ungive(struct settings *s, const struct settings *given,
                     const struct settings *remembered)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (table[i].text) {
            if (strcmp(text_in(s, &table[i]), text_in(given, &table[i])) == 0)
                memcpy(text_of(s, &table[i]), text_in(remembered, &table[i]), SETTINGS_VALUE);
        } else if (value_in(s, &table[i]) == value_in(given, &table[i])) {
            *value_of(s, &table[i]) = value_in(remembered, &table[i]);
        }
    }
}

/* ---- places ---- */

/* At the front of the list; what was there moves on, and the last falls off. */
static void put_recent(struct settings *s, const char *path)
{
    char *copy = strdup(path);
    unsigned at = 0;
    if (!copy)
        return;
    while (at < SETTINGS_RECENT - 1 && s->recent[at] && strcmp(s->recent[at], path) != 0)
        at++;
    free(s->recent[at]);
    memmove(s->recent + 1, s->recent, at * sizeof(s->recent[0]));
    s->recent[0] = copy;
}

static void put_directory(struct settings *s, const char *path, size_t len)
{
    char *copy = strndup(path, len);
    if (!copy)
        return;
    free(s->directory);
    s->directory = copy;
}

void settings_used(struct settings *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    put_recent(s, path);
    if (slash)
        put_directory(s, path, slash == path ? 1 : (size_t)(slash - path));
}

/* ---- the file ---- */

static bool plain_path(const char *path)
{
    size_t n = strlen(path);
    return path[0] == '/' && n < SETTINGS_PATH && !strpbrk(path, "\n\r");
}

static void read_line(struct settings *s, char *line)
{
    char *equals = strchr(line, '='), *end;
    if (!equals || line[0] == '#')
        return;
    char *value = equals + 1 + strspn(equals + 1, " \t");
    for (end = equals; end > line && (end[-1] == ' ' || end[-1] == '\t'); end--)
        ;
    *end = 0;
    line += strspn(line, " \t");
    struct err ignored;
    if (strcmp(line, "directory") == 0 && plain_path(value))
        put_directory(s, value, strlen(value));
    else if (strcmp(line, "recent") == 0 && plain_path(value))
        put_recent(s, value);
    else
        settings_set(s, line, value, &ignored);
}

void settings_read(struct settings *s, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((stop ? stop : end) - text);
        char line[SETTINGS_PATH + 40];
        if (len < sizeof(line) && !memchr(text, 0, len)) {
            memcpy(line, text, len);
            line[len] = 0;
            read_line(s, line);
        }
        text += len + 1;
    }
}

char *settings_write(const struct settings *s, size_t *size)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, size);
    if (!f)
        return NULL;
    fputs("# What Ferrite's window remembers; removed, it starts afresh.\n", f);
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        char value[SETTINGS_VALUE];
        settings_text(s, &table[i], value, sizeof(value));
        fprintf(f, "%s = %s\n", table[i].name, value);
    }
    if (s->directory && plain_path(s->directory))
        fprintf(f, "directory = %s\n", s->directory);
    for (unsigned i = SETTINGS_RECENT; i-- > 0;) { /* the last one read comes first */
        if (s->recent[i] && plain_path(s->recent[i]))
            fprintf(f, "recent = %s\n", s->recent[i]);
    }
    bool ok = !ferror(f);
    if (fclose(f) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

bool settings_folder(char *buf, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n;
    if (state && state[0] == '/') /* a relative one is to be ignored, says the standard */
        n = snprintf(buf, size, "%s/ferrite", state);
    else if (home && home[0] == '/')
        n = snprintf(buf, size, "%s/.local/state/ferrite", home);
    else
        return false;
    if (n < 0 || (size_t)n >= size)
        return false;
    for (char *p = buf + 1; *p; p++) { /* each folder on the way */
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(buf, 0700);
        *p = '/';
    }
    struct stat st;
    return (mkdir(buf, 0700) == 0 || errno == EEXIST) && stat(buf, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool file_name(char *buf, size_t size)
{
    if (!settings_folder(buf, size))
        return false;
    size_t n = strlen(buf);
    return (size_t)snprintf(buf + n, size - n, "/window.ini") < size - n;
}

/* What the file holds, at most SETTINGS_FILE_MAX bytes; NULL: there is none. */
static char *read_file(const char *name, size_t *size)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    char *text = malloc(SETTINGS_FILE_MAX);
    *size = 0;
    if (text && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        ssize_t n;
        while (*size < SETTINGS_FILE_MAX &&
               (n = read(fd, text + *size, SETTINGS_FILE_MAX - *size)) > 0)
            *size += (size_t)n;
    }
    close(fd);
    return text;
}

void settings_load(struct settings *s)
{
    char name[SETTINGS_PATH];
    size_t size;
    char *text = file_name(name, sizeof(name)) ? read_file(name, &size) : NULL;
    if (text)
        settings_read(s, text, size);
    free(text);
}

bool settings_save(const struct settings *s, struct err *e)
{
    char name[SETTINGS_PATH];
    size_t size;
    if (!file_name(name, sizeof(name)))
        return true; /* nowhere to remember anything */
    char *text = settings_write(s, &size);
    if (!text)
        return err_set(e, "%s: out of memory", name);
    /* To write the same once more would wait for the disk. */
    size_t had = 0;
    char *before = read_file(name, &had);
    bool same = before && had == size && memcmp(before, text, size) == 0;
    bool ok = same || out_file_save(name, text, size, e);
    free(before);
    free(text);
    return ok;
}
