/*
 * menu_pages.c - what stands on the menu's pages. See menu.h. Each row names a command of the
 * table; what a row's command does is said where the command is.
 */
#include "frontend/view/menu.h"

#include "frontend/scale/scaler.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- rows of one kind ---- */

static struct menu_row *add_page(struct menu_rows *rows, const char *label, const char *value,
                                 enum menu_page page, unsigned arg, const char *help)
{
    struct menu_row *r = menu_add(rows, ROW_PAGE, label, value, help);
    if (r) {
        r->page = page;
        r->arg = arg;
    }
    return r;
}

static struct menu_row *add_command(struct menu_rows *rows, const char *label, const char *help,
                                    enum menu_after after, const char *word, const char *second)
{
    struct menu_row *r = menu_add(rows, ROW_COMMAND, label, NULL, help);
    if (r) {
        r->after = after;
        menu_words(r, word, second, NULL);
    }
    return r;
}

static void grey(struct menu_row *r, const char *why)
{
    if (r && !r->why)
        r->why = menu_copy(why);
}

static void question(struct menu_row *r, const char *text)
{
    if (r)
        r->question = menu_copy(text);
}

/* How a person reads a value: a key by what is printed on it. */
static const char *spelled(const char *value)
{
    static const char *const names[][2] = {
        {"f11", "F11"},
        {"f12", "F12"},
        {"scrolllock", "Scroll Lock"},
        {"pause", "Pause"},
        {"menu", "Menu"},
        {"rctrl", "Right Ctrl"},
        {"alt-f12", "Alt+F12"},
        {"host-space", "Host+Space"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(value, names[i][0]) == 0)
            return names[i][1];
    }
    return value;
}

/* A setting of the window: right for its next value, left for the one before. */
static struct menu_row *add_setting(const struct menu *m, struct menu_rows *rows, const char *label,
                                    const char *name, const char *unit)
{
    const struct setting *which = setting_find(name);
    char value[40], shown[60];
    if (!which)
        return NULL;
    settings_text(m->settings, which, value, sizeof(value));
    bool automatic = strcmp(name, "ui-scale") == 0 && strcmp(value, "0") == 0;
    snprintf(shown, sizeof(shown), "%s%s", automatic ? "by the screen" : spelled(value),
             automatic ? "" : unit);
    struct menu_row *r = menu_add(rows, ROW_CHOICE, label, shown, which->help);
    settings_next(m->settings, which, 1, value, sizeof(value));
    menu_words(r, "window", name, value, NULL);
    settings_next(m->settings, which, -1, value, sizeof(value));
    menu_other_words(r, "window", name, value, NULL);
    return r;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void drive_words(const struct fact_drive *d, char *buf, size_t size)
{
    if (!d->medium[0])
        snprintf(buf, size, "[empty]");
    else
        snprintf(buf, size, "[%.200s%s%s%s]", base_name(d->medium),
                 d->read_only ? ", protected" : "", d->locked ? ", locked" : "",
                 d->pulled ? ", unplugged" : "");
}

/* "1:05 ferrite-1.mkv", or nothing. */
static const char *record_words(const struct facts *f, char *buf, size_t size)
{
    *buf = 0;
    if (f->video[0])
        snprintf(buf, size, "%u:%02u %s", f->recorded / 60, f->recorded % 60, base_name(f->video));
    return buf;
}

/* ---- pages ---- */

static void build_root(struct menu *m, struct menu_rows *rows)
{
    const struct facts *f = m->facts;
    char text[400], drive[300], value[40];
    size_t n = 0;
    *text = 0;
    for (unsigned i = 0; i < f->drives && n < sizeof(text); i++) {
        if (!f->drive[i].removable)
            continue;
        drive_words(&f->drive[i], drive, sizeof(drive));
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s", n ? "  " : "",
                              f->drive[i].label, drive);
    }
    add_page(rows, "Drives", text, PAGE_DRIVES, 0, "What is in the drives: insert, eject, protect");
    struct menu_row *r;
    r = add_page(rows, "Save state", "", PAGE_SAVE, 0, "Keep the whole machine as it is now");
    if (f->why_no_states[0])
        grey(r, f->why_no_states);
    r = add_page(rows, "Load state", "", PAGE_LOAD, 0, "Go back to a state that was kept");
    if (f->why_no_states[0])
        grey(r, f->why_no_states);
    snprintf(text, sizeof(text), "up to %u s", f->rewind);
    r = add_page(rows, "Rewind", f->rewind ? text : "", PAGE_REWIND, 0, "Go back some seconds");
    if (!f->rewind)
        grey(r, f->why_no_rewind);
    if (f->stopped)
        add_command(rows, "Continue", "The machine goes on", AFTER_CLOSE, "cont", NULL);
    else
        add_command(rows, "Pause", "The machine stands still until Continue", AFTER_STAY, "stop",
                    NULL);
    r = add_command(rows, "Next frame", "One picture further, then stand still again", AFTER_STAY,
                    "frame", NULL);
    if (!f->stopped)
        grey(r, "the machine runs; Pause comes first");
    if (!f->on)
        grey(r, "the power is off; Machine has Reset");
    add_page(rows, "Keys", "Ctrl+Alt+Del, F12 ...", PAGE_KEYS, 0, "Keys that the host would take");
    settings_text(m->settings, setting_find("filter"), value, sizeof(value));
    snprintf(text, sizeof(text), "%s, %s", scale_mode_name((unsigned)m->settings->scale), value);
    add_page(rows, "Picture", text, PAGE_PICTURE, 0, "Size, filter, full screen");
    snprintf(text, sizeof(text), m->settings->mute ? "mute" : "%d %%", m->settings->volume);
    add_page(rows, "Sound", text, PAGE_SOUND, 0, "How loud");
    add_page(rows, "Mouse", f->captured ? "captured" : "free", PAGE_MOUSE, 0,
             "Capture and sensitivity");
    settings_text(m->settings, setting_find("layout"), value, sizeof(value));
    snprintf(text, sizeof(text), "%s, by %s", value,
             m->settings->typing == TYPING_HOST ? "what the host types" : "position");
    add_page(rows, "Keyboard", text, PAGE_KEYBOARD, 0, "The window's keys, the layout");
    add_page(rows, "Speed", f->speed, PAGE_SPEED, 0, "As fast as which machine");
    add_page(rows, "Record", record_words(f, text, sizeof(text)), PAGE_RECORD, 0,
             "Picture and sound into a video; screenshots in the right shape");
    add_command(
        rows, "Screenshot",
        "The guest's picture as a PNG file, in the machine's shots or the folder where we are",
        AFTER_CLOSE, "screenshot-next", NULL);
    add_page(rows, "Machine", f->on ? "on" : "power off", PAGE_MACHINE, 0,
             "Reset, power button, Ctrl+Alt+Del");
    r = add_command(rows, "Quit", "Switch the machine off and close the window", AFTER_CLOSE,
                    "quit", NULL);
    if (f->on && !f->clean)
        question(r, "The guest is not shut down. Switch it off now?");
}

static void build_rewind(struct menu *m, struct menu_rows *rows)
{
    static const unsigned seconds[] = {1, 2, 5, 10, 20, 30, 60, 120, 300};
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
        char label[40], value[20];
        snprintf(label, sizeof(label), "%u %s back", seconds[i],
                 seconds[i] == 1 ? "second" : "seconds");
        snprintf(value, sizeof(value), "%u", seconds[i]);
        struct menu_row *r = add_command(rows, label, "What happened since then is lost",
                                         AFTER_CLOSE, "rewind", value);
        if (seconds[i] > m->facts->rewind)
            grey(r, m->facts->rewind ? "no state is kept that is so old" : m->facts->why_no_rewind);
    }
}

static void build_record(struct menu *m, struct menu_rows *rows)
{
    static const char new[] = "A recording goes on; Stop recording ends it";
    const struct facts *f = m->facts;
    char words[120];
    struct menu_row *r =
        add_command(rows, "Screenshot, right shape",
                    "A PNG file with square pixels, as a monitor shows the picture", AFTER_CLOSE,
                    "screenshot-next", NULL);
    menu_words(r, "screenshot-next", f->shots, "aspect", NULL);
    r = add_command(rows, "Record a video",
                    "Lossless, the guest's own pixels; each mode in a file of its own (.mkv)",
                    AFTER_CLOSE, "record-next", NULL);
    if (f->video[0])
        grey(r, new);
    r = add_command(rows, "Record, right shape",
                    "Lossless, square pixels as a monitor shows them, all modes in one file (.mkv)",
                    AFTER_CLOSE, "record-next", NULL);
    menu_words(r, "record-next", f->shots, "aspect", NULL);
    if (f->video[0])
        grey(r, new);
    r = add_command(rows, "Stop recording", "The video's files are whole then", AFTER_CLOSE,
                    "record stop", NULL);
    if (r && f->video[0])
        r->value = menu_copy(record_words(f, words, sizeof(words)));
    else
        grey(r, "nothing is being recorded");
}

static void build_drives(struct menu *m, struct menu_rows *rows)
{
    for (unsigned i = 0; i < m->facts->drives; i++) {
        const struct fact_drive *d = &m->facts->drive[i];
        char value[300];
        drive_words(d, value, sizeof(value));
        add_page(rows, d->label, value, PAGE_DRIVE, i,
                 d->medium[0] ? d->medium : "There is nothing in it");
    }
    if (!m->facts->drives)
        menu_add(rows, ROW_NOTE, "This machine has no drives", NULL, NULL);
}

static void build_drive(struct menu *m, unsigned i, struct menu_rows *rows)
{
    if (i >= m->facts->drives)
        return;
    const struct fact_drive *d = &m->facts->drive[i];
    static const char stays[] = "a hard disk is part of the machine and stays in it";
    static const char one_file[] = "a stick keeps its file; it can be pulled out and put in again";
    char label[60];
    snprintf(label, sizeof(label), "Insert into %s ...", d->label);
    struct menu_row *insert =
        add_page(rows, label, NULL, PAGE_FILES, i, "Choose an image file from a list");
    if (insert && m->settings->directory)
        insert->text = menu_copy(m->settings->directory);
    struct menu_row *eject =
        add_command(rows, "Eject", "Take out what is in it", AFTER_STAY, "eject", d->name);
    struct menu_row *force = NULL;
    if (d->locked) {
        grey(insert, "the guest has locked the drive; eject the disc in the guest, or by force");
        grey(eject, "the guest has locked the drive; it may give the disc back itself");
        force = add_command(rows, "Eject by force", "As with a pin through the little hole",
                            AFTER_STAY, "eject", d->name);
        menu_words(force, "eject", d->name, "force", NULL);
        question(force, "The guest uses this disc. Take it out all the same?");
    }
    if (!d->medium[0])
        grey(eject, "there is nothing in it");
    if (strncmp(d->name, "fd", 2) == 0) {
        struct menu_row *p =
            menu_add(rows, ROW_CHOICE, "Write protection", d->read_only ? "on" : "off",
                     "The notch of the diskette: on, and nothing can be written");
        menu_words(p, "protect", d->name, d->read_only ? "off" : "on", NULL);
        if (!d->medium[0])
            grey(p, "there is no diskette");
        else if (d->fixed)
            grey(p, d->folder ? "the folder is shown for reading only (rw= in its option)"
                              : "its file may only be read, or was opened so");
    }
    if (d->folder)
        add_command(rows, "Read the folder anew",
                    d->removable ? "As it is on this computer now: the diskette is changed"
                                 : "As it is now; the guest must be told (DOS: FERRITE RESCAN)",
                    AFTER_STAY, "refresh", d->name);
    if (d->stick)
        add_command(rows, d->pulled ? "Plug it in" : "Unplug",
                    d->pulled ? "Into its USB port again" : "Pull the stick out of its USB port",
                    AFTER_STAY, d->pulled ? "plug" : "unplug", d->name);
    if (!d->removable) {
        grey(insert, d->stick ? one_file : stays);
        grey(eject, d->stick ? one_file : stays);
    }
}

static struct menu_row *add_state(const struct fact_state *s, const char *label,
                                  struct menu_rows *rows)
{
    char value[60] = "empty";
    struct tm tm;
    time_t t = (time_t)s->time;
    if (s->time && localtime_r(&t, &tm))
        strftime(value, sizeof(value), "%Y-%m-%d %H:%M:%S", &tm);
    struct menu_row *r = menu_add(rows, ROW_COMMAND, label, value, s->path);
    if (!r)
        return NULL;
    r->after = AFTER_CLOSE;
    r->picture = s->time ? menu_copy(s->picture) : NULL;
    return r;
}

static const char lost_since[] = "What happened since then is lost. Go back?";

/* Of a machine that keeps them by name. */
static void build_tree(struct menu *m, bool save, struct menu_rows *rows)
{
    const struct facts *f = m->facts;
    char value[60], older[60];
    if (save)
        add_command(rows, "New snapshot", "Disks and memory, kept by date and time", AFTER_CLOSE,
                    "snapshot take", NULL);
    for (unsigned i = 0; i < f->snapshots && i < FACTS_TREE; i++) {
        const struct tree_entry *t = &f->snapshot[i];
        struct tm tm;
        time_t when = (time_t)t->taken;
        size_t n = localtime_r(&when, &tm) ? strftime(value, sizeof(value), "%F %T", &tm) : 0;
        snprintf(value + n, sizeof(value) - n, "%s%s", t->here ? ", here" : "",
                 t->memory ? "" : ", off");
        struct menu_row *r =
            menu_add(rows, save ? ROW_NOTE : ROW_COMMAND, t->name, value,
                     t->memory ? "Disks and memory as they were then"
                               : "The disks as they were then; the machine starts");
        if (!r)
            return;
        r->picture = menu_copy(t->picture);
        r->after = AFTER_CLOSE;
        if (!save)
            menu_words(r, "snapshot restore", t->name, NULL);
        if (!save && f->on)
            question(r, lost_since);
    }
    if (f->snapshots > FACTS_TREE) {
        snprintf(older, sizeof(older), "%u older ones", f->snapshots - FACTS_TREE);
        menu_add(rows, ROW_NOTE, older, "ferrite snapshot list",
                 "The command `snapshot tree`, too");
    }
    if (!save && !f->snapshots)
        menu_add(rows, ROW_NOTE, "There are no snapshots yet", NULL, "Save state makes one");
}

static void build_states(struct menu *m, bool save, struct menu_rows *rows)
{
    if (!save && m->facts->lost.time) {
        struct menu_row *r = add_state(&m->facts->lost, "When the window was lost", rows);
        menu_words(r, "snapshot load", m->facts->lost.path, NULL);
        if (m->facts->on)
            question(r, lost_since);
    }
    if (m->facts->named) {
        build_tree(m, save, rows);
        return;
    }
    for (unsigned i = 0; i < FACTS_STATES; i++) {
        const struct fact_state *s = &m->facts->state[i];
        char label[40];
        snprintf(label, sizeof(label), "State %u", i + 1);
        struct menu_row *r = add_state(s, label, rows);
        if (!r)
            return;
        menu_words(r, save ? "snapshot save" : "snapshot load", s->path, NULL);
        if (save && s->time)
            question(r, "There is a state already. Write over it?");
        if (!save && !s->time)
            grey(r, "nothing was saved here");
        else if (!save && m->facts->on)
            question(r, lost_since);
        if (save && !m->facts->on)
            grey(r, "the power is off");
        if (save) /* its thumbnail */
            menu_other_words(r, "screenshot", s->picture, NULL);
    }
}

static void build_keys(struct menu *m, struct menu_rows *rows)
{
    static const struct {
        const char *label, *chord;
    } keys[] = {
        {"Ctrl+Alt+Del", "ctrl-alt-del"}, {"Alt+F4", "alt-f4"},     {"Alt+Tab", "alt-tab"},
        {"Ctrl+Esc", "ctrl-esc"},         {"Alt+Esc", "alt-esc"},   {"F12", "f12"},
        {"Print Screen", "print"},        {"Pause", "pause"},       {"Right Ctrl", "rctrl"},
        {"Scroll Lock", "scrolllock"},    {"Left Windows", "lwin"}, {"Menu", "menu"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        add_command(rows, keys[i].label, "Pressed and released in the guest", AFTER_CLOSE, "key",
                    keys[i].chord);
    menu_add(rows, ROW_CATCH, "Another key ...", NULL,
             "The next key that you press goes to the guest, whichever it is");
    struct menu_row *r = add_command(rows, "Paste", "Type the host's clipboard into the guest",
                                     AFTER_CLOSE, "window", NULL);
    menu_words(r, "window", "clipboard", "paste", NULL);
    r = add_command(rows, "Copy the screen", "The guest's text screen to the host's clipboard",
                    AFTER_CLOSE, "window", NULL);
    menu_words(r, "window", "clipboard", "copy", NULL);
    r = add_command(rows, "Copy a part", "Then drag over the text; Shift marks a block, Esc leaves",
                    AFTER_CLOSE, "window", NULL);
    menu_words(r, "window", "clipboard", "select", NULL);
    (void)m;
}

static void build_picture(struct menu *m, struct menu_rows *rows)
{
    add_setting(m, rows, "Scale", "scale", "");
    add_setting(m, rows, "Filter", "filter", "");
    add_setting(m, rows, "Full screen", "fullscreen", "");
    add_setting(m, rows, "Pace", "pace", "");
    add_setting(m, rows, "Status line", "status", "");
    add_setting(m, rows, "Size of this menu", "ui-scale", "");
    add_setting(m, rows, "Pause in the menu", "menu-pause", "");
}

/* A source of the machine: right louder, left softer, at the ends mute and full. */
static void add_source(const struct fact_source *s, struct menu_rows *rows)
{
    enum { STEP = 10 };
    char shown[60], more[20], less[20];
    if (s->muted)
        snprintf(shown, sizeof(shown), "mute");
    else
        snprintf(shown, sizeof(shown), "%u %%%s", s->volume, s->playing ? ", plays" : "");
    snprintf(more, sizeof(more), "%u", s->volume + STEP > 100 ? 100 : s->volume + STEP);
    snprintf(less, sizeof(less), "%u", s->volume < STEP ? 0 : s->volume - STEP);
    char label[40];
    snprintf(label, sizeof(label), "  %s", s->name);
    struct menu_row *r =
        menu_add(rows, ROW_CHOICE, label, shown, "How loud this part of the machine is");
    menu_words(r, "volume", s->name, more, NULL);
    menu_other_words(r, "volume", s->name, less, NULL);
    snprintf(label, sizeof(label), "    mute %s", s->name); /* the cursor is kept by the label */
    r = menu_add(rows, ROW_CHOICE, label, s->muted ? "on" : "off", "This part alone");
    menu_words(r, "mute", s->name, s->muted ? "off" : "on", NULL);
    menu_other_words(r, "mute", s->name, s->muted ? "off" : "on", NULL);
}

static const char usual_device[] = "the host's usual one";

static void build_sound(struct menu *m, struct menu_rows *rows)
{
    struct menu_row *v = add_setting(m, rows, "Volume", "volume", " %");
    struct menu_row *q = add_setting(m, rows, "Mute", "mute", "");
    if (!m->facts->sound) {
        grey(v, "the host gives no sound device");
        grey(q, "the host gives no sound device");
    }
    char device[SETTINGS_VALUE];
    settings_text(m->settings, setting_find("sound-device"), device, sizeof(device));
    bool usual = strcmp(device, SETTINGS_USUAL) == 0;
    struct menu_row *r = add_page(rows, "Device", usual ? usual_device : device, PAGE_DEVICE, 0,
                                  "Where the sound goes");
    if (!m->facts->sound && !m->facts->devices)
        grey(r, "the host gives no sound device");
    for (unsigned i = 0; i < m->facts->sources; i++)
        add_source(&m->facts->source[i], rows);
    if (m->facts->recording)
        add_command(rows, "End the recording", "Close the WAV file", AFTER_STAY, "audio stop",
                    NULL);
}

/* A device that is not there now can still be the one that is wanted. */
static void build_device(struct menu *m, struct menu_rows *rows)
{
    char now[SETTINGS_VALUE];
    settings_text(m->settings, setting_find("sound-device"), now, sizeof(now));
    bool listed = false;
    for (unsigned i = 0; i <= m->facts->devices; i++) {
        const char *name = i ? m->facts->device[i - 1] : SETTINGS_USUAL;
        struct menu_row *r =
            add_command(rows, i ? name : usual_device,
                        i ? "This one, whatever is the usual one" : "The host's settings choose it",
                        AFTER_BACK, "window", NULL);
        menu_words(r, "window", "sound-device", name, NULL);
        if (r && strcmp(name, now) == 0) {
            r->value = menu_copy("now");
            listed = true;
        }
    }
    if (!listed)
        grey(add_command(rows, now, "", AFTER_BACK, "window", NULL), "this device is not there");
}

static void build_mouse(struct menu *m, struct menu_rows *rows)
{
    const struct facts *f = m->facts;
    char help[120];
    snprintf(help, sizeof(help), "The guest gets the mouse; %s gives it back", f->release);
    struct menu_row *r =
        add_command(rows, "Capture the mouse", help, AFTER_CLOSE, "window", "capture");
    menu_words(r, "window", "capture", "on", NULL);
    add_setting(m, rows, "Sensitivity", "sensitivity", " %");
}

static void build_keyboard(struct menu *m, struct menu_rows *rows)
{
    add_setting(m, rows, "Menu key", "menu-key", "");
    add_setting(m, rows, "Host key", "host-key", "");
    add_setting(m, rows, "Fast forward key", "fast-key", "");
    add_setting(m, rows, "Joystick", "stick", "");
    add_setting(m, rows, "Typing", "typing", "");
    add_setting(m, rows, "Guest's layout", "layout", "");
    add_page(rows, "Send keys", NULL, PAGE_KEYS, 0, "Keys that the host would take");
}

static void build_speed(struct menu *m, struct menu_rows *rows)
{
    static const struct {
        const char *label, *speed, *help;
    } speeds[] = {
        {"As fast as the host can", "auto", "At most 200 MIPS, less where the host cannot do that"},
        {"8088 4.77 MHz", "8088-4.77", "The first PC and XT"},
        {"286-12", "286-12", "An AT of the late eighties"},
        {"386DX-33", "386-33", "About 8 million instructions a second"},
        {"486DX2-66", "486-66", "About 36 million instructions a second"},
        {"Pentium 100", "pentium-100", "About 130 million instructions a second"},
        {"Pentium II 300", "pentium2-300", "About 480 million instructions a second"},
    };
    const struct facts *f = m->facts;
    char help[120];
    snprintf(help, sizeof(help), "Not held to the host's clock%s%s%s", f->fast_key[0] ? "; " : "",
             f->fast_key, f->fast_key[0] ? ", held, does this, too" : "");
    struct menu_row *fast =
        menu_add(rows, ROW_CHOICE, "Fast forward", f->fast ? "on" : "off", help);
    menu_words(fast, "fast-forward", f->fast ? "off" : "on", NULL);
    menu_other_words(fast, "fast-forward", f->fast ? "off" : "on", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
        struct menu_row *r = add_command(rows, speeds[i].label, speeds[i].help, AFTER_STAY, "speed",
                                         speeds[i].speed);
        const char *now = m->facts->speed;
        if (r && (!strcmp(now, speeds[i].label) || !strcmp(now, speeds[i].speed)))
            r->value = menu_copy("now");
    }
}

static void build_machine(struct menu *m, struct menu_rows *rows)
{
    struct menu_row *r = add_command(rows, "Ctrl+Alt+Del", "Most systems start again on it",
                                     AFTER_CLOSE, "key", "ctrl-alt-del");
    if (!m->facts->on)
        grey(r, "the power is off");
    r = add_command(rows, "Power button", "A system with ACPI shuts down; others take no notice",
                    AFTER_CLOSE, "power", NULL);
    if (!m->facts->on)
        grey(r, "the power is off; Reset switches it on");
    r = add_command(rows, "Reset", "The reset button", AFTER_CLOSE, "reset", NULL);
    if (m->facts->on)
        question(r, "What the guest has not written yet is lost. Reset it?");
}

/* The question in lines that fit into the smallest menu; the harmless answer comes first. */
static void build_question(const struct menu_level *l, struct menu_rows *rows)
{
    enum { COLUMNS = 32 };
    const struct menu_row *asked = &l->asked;
    for (const char *text = l->text ? l->text : ""; *text;) {
        size_t n = strlen(text), blank = COLUMNS;
        char line[COLUMNS + 1];
        while (n > COLUMNS && blank > COLUMNS / 2 && text[blank] != ' ')
            blank--;
        n = n > COLUMNS ? blank : n;
        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        menu_add(rows, ROW_NOTE, line, NULL, NULL);
        text += n + (text[n] == ' ');
    }
    menu_add(rows, ROW_COMMAND, "No, go back", NULL, "Nothing happens");
    char label[100];
    snprintf(label, sizeof(label), "Yes: %.80s", asked->label ? asked->label : "do it");
    struct menu_row *r = menu_add(rows, ROW_COMMAND, label, NULL, asked->help);
    if (!r)
        return;
    r->after = asked->after;
    for (unsigned i = 0; i < MENU_WORDS; i++) {
        r->word[i] = menu_copy(asked->word[i]);
        r->other[i] = menu_copy(asked->other[i]);
    }
}

void menu_build(struct menu *m, const struct menu_level *l, struct menu_rows *rows)
{
    switch (l->page) {
    case PAGE_ROOT:
        build_root(m, rows);
        break;
    case PAGE_DRIVES:
        build_drives(m, rows);
        break;
    case PAGE_DRIVE:
        build_drive(m, l->arg, rows);
        break;
    case PAGE_FILES:
        menu_build_files(m, l, rows);
        break;
    case PAGE_SAVE:
    case PAGE_LOAD:
        build_states(m, l->page == PAGE_SAVE, rows);
        break;
    case PAGE_REWIND:
        build_rewind(m, rows);
        break;
    case PAGE_RECORD:
        build_record(m, rows);
        break;
    case PAGE_KEYS:
        build_keys(m, rows);
        break;
    case PAGE_PICTURE:
        build_picture(m, rows);
        break;
    case PAGE_SOUND:
        build_sound(m, rows);
        break;
    case PAGE_DEVICE:
        build_device(m, rows);
        break;
    case PAGE_MOUSE:
        build_mouse(m, rows);
        break;
    case PAGE_KEYBOARD:
        build_keyboard(m, rows);
        break;
    case PAGE_SPEED:
        build_speed(m, rows);
        break;
    case PAGE_MACHINE:
        build_machine(m, rows);
        break;
    case PAGE_ASK:
        build_question(l, rows);
        break;
    case PAGE_CATCH:
        menu_add(rows, ROW_COMMAND, "Never mind (click here)", NULL,
                 "Press the key that the guest is to get, with Ctrl, Alt or Shift if need be");
        break;
    case PAGE_COUNT:
        break;
    }
}
