/*
 * options.c - the command line: one table of options, one parser. See options.h.
 *
 * Every option is accepted with one dash (QEMU's spelling) or two; with two, "--name=value" too.
 */
#include "frontend/cli/options.h"
#include "frontend/cli/nic.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum kind { FLAG, TEXT, ONCE, FUNCTION }; /* ONCE: a text that a second one would make vanish */

struct option {
    const char *name;
    enum kind kind;
    size_t offset; /* FLAG: a bool; TEXT, ONCE: a const char * */
    bool (*set)(struct options *o, const char *value, struct err *e);
};

/* ---- values that are more than text ---- */

static bool set_memory(struct options *o, const char *value, struct err *e)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(value, &end, 10);
    u64 mb = n;
    bool unit_ok = true;
    if (strcasecmp(end, "g") == 0 || strcasecmp(end, "gb") == 0)
        mb = n > 1024 ? 0 : (u64)n * 1024;
    else if (*end && strcasecmp(end, "m") != 0 && strcasecmp(end, "mb") != 0)
        unit_ok = false;
    if (errno || end == value || !isdigit((unsigned char)*value) || !unit_ok || mb < 1 || mb > 2048)
        return err_set(e, "-m %s: say the memory in megabytes, 1 to 2048 (or 2G)", value);
    o->ram_mb = (u32)mb;
    return true;
}

/* For each drive; 0: all of it into a file. */
static bool set_snapshot_memory(struct options *o, const char *value, struct err *e)
{
    char *end;
    errno = 0;
    unsigned long mb = strtoul(value, &end, 10);
    if (errno || end == value || *end || !isdigit((unsigned char)*value) || mb > 1024 * 1024)
        return err_set(e, "-snapshot-memory %s: say megabytes, 0 to 1048576", value);
    o->snapshot_memory = mb ? (u64)mb << 20 : 1;
    return true;
}

static const struct speed {
    const char *name;
    double mips;
    const char *cpu; /* what such a machine is, unless -cpu says otherwise */
} speeds[] = {
    /* About what such a machine made of everyday code. */
    {"386-33", 8, "386"},
    {"486-66", 36, "486"},
    {"pentium-100", 130, "pentium"},
};

static bool set_speed(struct options *o, const char *value, struct err *e)
{
    /* The last -speed counts as a whole. */
    o->speed_max = strcmp(value, "max") == 0;
    o->mips = 0;
    o->speed_cpu = NULL;
    if (o->speed_max)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
        if (strcmp(value, speeds[i].name) == 0) {
            o->mips = speeds[i].mips;
            o->speed_cpu = speeds[i].cpu;
            return true;
        }
    }
    char *end;
    double v = strtod(value, &end);
    if (end == value || *end || !isfinite(v) || v < 0.1 || v > 100000)
        return err_set(e,
                       "-speed %s: say 386-33, 486-66, pentium-100, max, or a number of MIPS "
                       "(0.1 to 100000)",
                       value);
    o->mips = v;
    return true;
}

static bool set_display(struct options *o, const char *value, struct err *e)
{
    if (strcmp(value, "sdl") == 0)
        o->display = DISPLAY_SDL;
    else if (strcmp(value, "text") == 0)
        o->display = DISPLAY_TEXT;
    else if (strcmp(value, "none") == 0)
        o->display = DISPLAY_NONE;
    else
        return err_set(e, "-display %s: say sdl, text or none", value);
    return true;
}

static bool set_boot(struct options *o, const char *value, struct err *e)
{
    const char *order = value;
    if (strncmp(order, "order=", 6) == 0)
        order += 6;
    size_t n = 0;
    bool ok = *order != 0;
    for (const char *p = order; ok && *p; p++) { /* "acd" or "a,c,d" */
        ok = n < sizeof(o->boot_order) - 1 && strchr("acd", *p) && !memchr(o->boot_order, *p, n);
        o->boot_order[n++] = *p;
        if (p[1] == ',' && p[2])
            p++;
    }
    if (!ok)
        return err_set(e, "-boot %s: say the order in letters, a floppy, c hard disk, d CD (acd)",
                       value);
    o->boot_order[n] = 0;
    o->boot = o->boot_order;
    return true;
}

static bool set_log(struct options *o, const char *value, struct err *e)
{
    const char *bad;
    size_t bad_len;
    u32 mask;
    if (log_parse(value, &mask, &bad, &bad_len)) {
        o->log_mask |= mask;
        return true;
    }
    static const char *const names[] = {"guest_errors", "unimp", "exec", "cpu",  "int",
                                        "reset",        "post",  "io",   "disk", "hash"};
    char word[40];
    snprintf(word, sizeof(word), "%.*s", (int)(bad_len < 39 ? bad_len : 39), bad);
    const char *near = nearest_word(word, names, ARRAY_SIZE(names));
    return err_set(e, "-d %s: no log category \"%s\"%s%s%s (-d help lists them)", value, word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* stdio, null, none, file:PATH, unix:PATH. */
static bool stream_ok(const char *option, const char *value, bool input, struct err *e)
{
    static const char *const plain[] = {"stdio", "null", "none"};
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
        if (strcmp(value, plain[i]) == 0)
            return true;
    }
    if (strncmp(value, "file:", 5) == 0 && value[5])
        return true;
    if (input && strncmp(value, "unix:", 5) == 0 && value[5])
        return true;
    return err_set(e, "%s %s: say stdio, file:PATH, %snull or none", option, value,
                   input ? "unix:PATH, msmouse, " : "");
}

static bool set_serial(struct options *o, const char *value, struct err *e)
{
    if (o->serial_count == VM_SERIALS)
        return err_set(e, "-serial %s: the machine has %d serial ports", value, VM_SERIALS);
    bool mouse = strcmp(value, "msmouse") == 0;
    if (mouse && o->serial_mouse)
        return err_set(e, "-serial msmouse: one serial mouse is enough");
    if (!mouse && !stream_ok("-serial", value, true, e))
        return false;
    for (unsigned i = 0; i < o->serial_count; i++) {
        if (strcmp(value, "stdio") == 0 && strcmp(o->serial[i], value) == 0)
            return err_set(e, "-serial stdio: another port has the terminal already; say "
                              "file:PATH, unix:PATH or null for one of them");
    }
    if (mouse) {
        o->serial_mouse = o->serial_count + 1;
        value = "none";
    }
    o->serial[o->serial_count++] = value;
    return true;
}

static bool set_parallel(struct options *o, const char *value, struct err *e)
{
    o->parallel = value;
    return stream_ok("-parallel", value, false, e);
}

static bool set_debugcon(struct options *o, const char *value, struct err *e)
{
    o->debugcon = value;
    return stream_ok("-debugcon", value, false, e);
}

static bool set_nic(struct options *o, const char *value, struct err *e)
{
    return nic_parse(&o->nic, value, e);
}

/* YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS. */
static bool parse_date(const char *text, u64 *seconds)
{
    struct tm tm = {0};
    int n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3)
        return false;
    if (text[n] == 'T') {
        int m = 0;
        if (sscanf(text + n, "T%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &m) != 3)
            return false;
        n += m;
    }
    struct tm want = tm;
    if (text[n] || tm.tm_year < 1980 || tm.tm_year > 2099)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t t = timegm(&tm);
    if (t < 0 || tm.tm_mday != want.tm_mday || tm.tm_mon + 1 != want.tm_mon ||
        tm.tm_hour != want.tm_hour || tm.tm_min != want.tm_min || tm.tm_sec != want.tm_sec)
        return false; /* the 31st of February */
    *seconds = (u64)t;
    return true;
}

static bool set_rtc(struct options *o, const char *value, struct err *e)
{
    const char *base = strncmp(value, "base=", 5) == 0 ? value + 5 : "";
    if (strcmp(base, "localtime") == 0)
        o->rtc = RTC_LOCALTIME;
    else if (strcmp(base, "utc") == 0)
        o->rtc = RTC_UTC;
    else if (parse_date(base, &o->rtc_date))
        o->rtc = RTC_DATE;
    else
        return err_set(e,
                       "-rtc %s: say base=localtime, base=utc or base=YYYY-MM-DD[THH:MM:SS] "
                       "(1980 to 2099)",
                       value);
    return true;
}

static bool set_post_port(struct options *o, const char *value, struct err *e)
{
    char *end;
    unsigned long v = strtoul(value, &end, 0);
    if (end == value || *end || v < 1 || v > 0xffff)
        return err_set(e, "-post-port %s: say a port, 1 to 0xffff", value);
    o->post_port = (u16)v;
    return true;
}

static bool set_device(struct options *o, const char *value, struct err *e)
{
    if (strncmp(value, "isa-debug-exit", 14) == 0 && (!value[14] || value[14] == ',')) {
        const char *base = strstr(value, "iobase=");
        if (!base || strtoul(base + 7, NULL, 0) == 0xf4)
            return true; /* always there */
        return err_set(e, "-device %s: the exit port is at 0xf4", value);
    }
    if (strcmp(value, "pc-testdev") != 0)
        return err_set(e, "-device %s: pc-testdev and isa-debug-exit can be named", value);
    o->test_device = true;
    return true;
}

static bool set_drive(struct options *o, const char *value, struct err *e)
{
    return drive_parse(&o->drives, value, e);
}

/* host=SECONDS, guest=SECONDS, or both with a comma. */
static bool set_limit(struct options *o, const char *value, struct err *e)
{
    for (const char *p = value;;) {
        bool host = strncmp(p, "host=", 5) == 0, guest = strncmp(p, "guest=", 6) == 0;
        const char *number = p + (host ? 5 : 6);
        char *end;
        double seconds = host || guest ? strtod(number, &end) : 0;
        if ((!host && !guest) || end == number || (*end && *end != ',') || !isfinite(seconds) ||
            seconds <= 0 || seconds > 1e6)
            return err_set(e,
                           "-limit %s: say host=SECONDS, guest=SECONDS or both with a comma "
                           "(up to 1000000)",
                           value);
        *(host ? &o->limit_host : &o->limit_guest) = seconds;
        if (!*end)
            return true;
        p = end + 1;
    }
}

/* ---- the table ---- */

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"m", FUNCTION, 0, set_memory},
    {"cpu", TEXT, AT(cpu), NULL},
    {"speed", FUNCTION, 0, set_speed},
    {"fda", ONCE, AT(floppy[0]), NULL},
    {"fdb", ONCE, AT(floppy[1]), NULL},
    {"hda", ONCE, AT(disk[0]), NULL},
    {"hdb", ONCE, AT(disk[1]), NULL},
    {"hdc", ONCE, AT(disk[2]), NULL},
    {"hdd", ONCE, AT(disk[3]), NULL},
    {"cdrom", ONCE, AT(cdrom), NULL},
    {"drive", FUNCTION, 0, set_drive},
    {"boot", FUNCTION, 0, set_boot},
    {"bios", TEXT, AT(bios), NULL},
    {"vgabios", TEXT, AT(vga_bios), NULL},
    {"kernel", ONCE, AT(kernel), NULL},
    {"append", TEXT, AT(append), NULL},
    {"initrd", ONCE, AT(initrd), NULL},
    {"device", FUNCTION, 0, set_device},
    {"post-port", FUNCTION, 0, set_post_port},
    {"serial", FUNCTION, 0, set_serial},
    {"parallel", FUNCTION, 0, set_parallel},
    {"debugcon", FUNCTION, 0, set_debugcon},
    {"nic", FUNCTION, 0, set_nic},
    {"netdump", TEXT, AT(netdump), NULL},
    {"display", FUNCTION, 0, set_display},
    {"loadvm", ONCE, AT(loadvm), NULL},
    {"snapshot-memory", FUNCTION, 0, set_snapshot_memory},
    {"snapshot", FLAG, AT(snapshot), NULL},
    {"overscan", FLAG, AT(overscan), NULL},
    {"no-reboot", FLAG, AT(no_reboot), NULL},
    {"no-shutdown", FLAG, AT(no_shutdown), NULL},
    {"rtc", FUNCTION, 0, set_rtc},
    {"script", ONCE, AT(script), NULL},
    {"limit", FUNCTION, 0, set_limit},
    {"stats", FLAG, AT(stats), NULL},
    {"d", FUNCTION, 0, set_log},
    {"D", TEXT, AT(log_file), NULL},
    {"help", FLAG, AT(help), NULL},
    {"h", FLAG, AT(help), NULL},
    {"version", FLAG, AT(version), NULL},
};

void options_help(FILE *out)
{
    /* One 80x24 screen; the prompt that follows wants the last line. */
    fputs("Usage: ferrite [OPTION]...   A PC in a window; with no disk, its demo disk.\n"
          "  -fda FILE  -fdb FILE         floppy images; -hda ... -hdd FILE: hard disks\n"
          "  -cdrom FILE  -boot ORDER     a CD; order of a floppy, c disk, d CD (acd)\n"
          "  -drive file=F,overlay=O      writes go to O (ferrite disk help); if=, index=\n"
          "  -snapshot  -loadvm FILE      leave image files alone; go on from a snapshot\n"
          "  -m MB                        memory, 1 to 2048 (64)\n"
          "  -cpu MODEL                   386 486 pentium ... (-cpu help lists them)\n"
          "  -speed S                     386-33, 486-66, pentium-100, N (MIPS), max\n"
          "  -bios FILE  -vgabios FILE    other firmware than our own\n"
          "  -kernel FILE                 Multiboot kernel; -append TEXT, -initrd FILE,...\n"
          "  -serial TO  -parallel TO  -debugcon TO    stdio, file:PATH, null, none; the\n"
          "                               first also unix:PATH, msmouse; last: E9h, 402h\n"
          "  -nic user|lan,name=N|none    network card; -netdump FILE: its frames (pcap)\n"
          "  -rtc base=B                  localtime, utc or 2000-01-31[T12:00:00]\n"
          "  -display sdl|text|none       a window, this terminal, or headless; -overscan\n"
          "  -script FILE|-               drive the guest; see frontend/README.md. Exit:\n"
          "                               0 well, 1 failed, 2 bad script, 3 guest ended\n"
          "  -no-reboot  -no-shutdown     end at a reset; stay after a power-off\n"
          "  -limit host=S,guest=S        end the run after S seconds, status 124\n"
          "  -stats  -version  -d LIST  -D FILE    counts at exit; log (-d help) to FILE\n"
          "In the window: a click captures the mouse, Ctrl+Alt+G frees it. Ctrl+Alt with\n"
          "F full screen, D Ctrl+Alt+Del, P pause, S screenshot, E eject A:, R reset,\n"
          "Q quit. An image dropped on the window goes into A:, .iso and .cue into the CD.\n",
          out);
}

/* ---- the parser ---- */

static const struct option *find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strlen(table[i].name) == len && memcmp(table[i].name, name, len) == 0)
            return &table[i];
    }
    return NULL;
}

static bool unknown(const char *arg, const char *name, struct err *e)
{
    const char *names[ARRAY_SIZE(table)];
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        names[i] = table[i].name;
    char word[40];
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "="), name);
    const char *near = nearest_word(word, names, ARRAY_SIZE(names));
    if (near)
        return err_set(e, "unknown option %.60s; did you mean -%s?", arg, near);
    return err_set(e, "unknown option %.60s; -help lists them", arg);
}

static bool set_text(struct options *o, const struct option *option, const char *value,
                     struct err *e)
{
    const char **text = (const char **)((char *)o + option->offset);
    if (option->kind == ONCE && *text)
        return err_set(e, "-%s is given twice: %.100s and %.100s; leave one out", option->name,
                       *text, value);
    *text = value;
    return true;
}

bool options_parse(struct options *o, int argc, char **argv, struct err *e)
{
    *o = (struct options){0};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || !arg[1])
            return err_set(e, "\"%.200s\" is no option; a disk image goes after -fda or -hda", arg);
        bool two = arg[1] == '-';
        const char *name = arg + 1 + two;
        size_t len = two ? strcspn(name, "=") : strlen(name);
        const struct option *option = find(name, len);
        if (!option)
            return unknown(arg, name, e);
        const char *value = name[len] ? name + len + 1 : NULL;
        if (option->kind == FLAG) {
            if (value)
                return err_set(e, "-%s takes no value", option->name);
            *(bool *)((char *)o + option->offset) = true;
            continue;
        }
        if (!value) {
            if (i + 1 == argc)
                return err_set(e, "-%s wants a value; -help says which", option->name);
            value = argv[++i];
        }
        if (!*value)
            return err_set(e, "-%s wants a value, not an empty one", option->name);
        if (!(option->kind == FUNCTION ? option->set(o, value, e) : set_text(o, option, value, e)))
            return false;
    }
    return true;
}
