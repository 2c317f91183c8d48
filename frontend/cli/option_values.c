/*
 * option_values.c - the values of options that are more than a text. See option_values.h.
 */
#include "frontend/cli/option_values.h"
#include "frontend/cli/nic.h"
#include "frontend/cli/options.h"
#include "frontend/cli/readconfig.h"
#include "frontend/cli/vnc_where.h"
#include "frontend/control/sound_in.h"
#include "frontend/control/speed.h"
#include "frontend/http/http.h"
#include "frontend/link/link.h"
#include "frontend/midi/midi.h"
#include "frontend/midi/midi_in.h"
#include "hw/base/host_net.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool option_memory(void *options, const char *value, struct err *e)
{
    struct options *o = options;
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

bool option_jit(void *options, const char *value, struct err *e)
{
    static const char *const names[] = {
        [VM_JIT_OFF] = "off", [VM_JIT_ON] = "on", [VM_JIT_ALL] = "all", [VM_JIT_CHECK] = "check"};
    struct options *o = options;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            o->jit = (enum vm_jit)i;
            return true;
        }
    }
    return err_set(e, "-jit %s: say on, off, all or check", value);
}

bool option_spin(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    o->spin = strcmp(value, "exec") == 0 ? VM_SPIN_EXEC : VM_SPIN_SKIP;
    return o->spin == VM_SPIN_EXEC || strcmp(value, "skip") == 0 ||
           err_set(e, "-spin %s: say skip or exec", value);
}

static bool steer(struct options *o, enum steering_kind kind, const char *option, const char *value,
                  struct err *e)
{
    struct link_where where; /* what is wrong with it is said before anything begins */
    if (!link_where(&where, option, value, e))
        return false;
    if (where.kind == LINK_NONE)
        return true;
    if (o->steerings == STEERING)
        return err_set(e, "%s %.200s: more than %d places to steer from", option, value, STEERING);
    o->steering[o->steerings++] = (struct steering){kind, value};
    return true;
}

bool option_monitor(void *options, const char *value, struct err *e)
{
    return steer(options, STEER_MONITOR, "-monitor", value, e);
}

bool option_http(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    if (o->http)
        return err_set(e, "-http %.200s: the page is at %.200s already", value, o->http);
    o->http = value;
    return http_where_ok(value, e);
}

bool option_qmp(void *options, const char *value, struct err *e)
{
    return steer(options, STEER_QMP, "-qmp", value, e);
}

/* For each drive; 0: all of it into a file. */
bool option_snapshot_memory(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    char *end;
    errno = 0;
    unsigned long mb = strtoul(value, &end, 10);
    if (errno || end == value || *end || !isdigit((unsigned char)*value) || mb > 1024 * 1024)
        return err_set(e, "-snapshot-memory %s: say megabytes, 0 to 1048576", value);
    o->snapshot_memory = mb ? (u64)mb << 20 : 1;
    return true;
}

bool option_speed(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    /* The last -speed counts as a whole. */
    o->speed_max = strcmp(value, "max") == 0;
    struct speed s;
    if (!speed_parse("-speed", value, &s, e))
        return false;
    o->mips = o->speed_max ? 0 : s.mips; /* the window follows the host, as far as it can */
    o->mhz = s.mhz;
    o->clock_of = s.clock_of;
    o->speed_cpu = s.cpu;
    return true;
}

static bool display_vnc(struct options *o, const char *where, struct err *e)
{
    struct vnc_where scratch; /* what is wrong is said before anything begins */
    o->display = DISPLAY_VNC;
    o->vnc = where;
    return vnc_where(&scratch, where, e);
}

bool option_display(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    if (strcmp(value, "sdl") == 0)
        o->display = DISPLAY_SDL;
    else if (strcmp(value, "text") == 0)
        o->display = DISPLAY_TEXT;
    else if (strcmp(value, "none") == 0)
        o->display = DISPLAY_NONE;
    else if (strcmp(value, "vnc") == 0 || strncmp(value, "vnc=", 4) == 0)
        return display_vnc(o, value[3] ? value + 4 : "", e);
    else
        return err_set(e, "-display %s: say sdl, text, vnc=[HOST]:N or none", value);
    return true;
}

bool option_audio(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    bool wav = strncmp(value, "wav:", 4) == 0 && value[4];
    if (!wav && strcmp(value, "sdl") != 0 && strcmp(value, "none") != 0)
        return err_set(e, "-audio %.200s: say sdl, none or wav:FILE", value);
    o->audio = value;
    return true;
}

bool option_boot(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    const char *order = value;
    if (strncmp(order, "order=", 6) == 0)
        order += 6;
    size_t n = 0;
    bool ok = *order != 0;
    for (const char *p = order; ok && *p; p++) { /* "acd" or "a,c,d" */
        ok = n < sizeof(o->boot_order) - 1 && strchr("acdu", *p) && !memchr(o->boot_order, *p, n);
        o->boot_order[n++] = *p;
        if (p[1] == ',' && p[2])
            p++;
    }
    if (!ok)
        return err_set(
            e, "-boot %s: say the order in letters, a floppy, c hard disk, d CD, u USB stick (acd)",
            value);
    o->boot_order[n] = 0;
    o->boot = o->boot_order;
    return true;
}

/* The first `len` characters, as long as the options live; NULL + err. */
static char *keep(struct options *o, const char *text, size_t len, struct err *e)
{
    struct kept_text *k = malloc(sizeof(*k) + len + 1);
    if (!k) {
        err_set(e, "out of memory");
        return NULL;
    }
    snprintf(k->text, len + 1, "%s", text);
    k->next = o->kept;
    o->kept = k;
    return k->text;
}

/* One word of -d that is a category. */
static bool log_category(struct options *o, const char *value, const char *text, struct err *e)
{
    static const char *const names[] = {"guest_errors", "unimp", "exec", "cpu",  "int", "reset",
                                        "post",         "io",    "disk", "hash", "jit"};
    const char *bad;
    size_t bad_len;
    u32 mask;
    if (log_parse(text, &mask, &bad, &bad_len)) {
        o->log_mask |= mask;
        return true;
    }
    const char *near = nearest_word(text, names, ARRAY_SIZE(names));
    return err_set(e, "-d %s: no log category \"%s\"%s%s%s (-d help lists them)", value, text,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Categories, and words with '=' about instructions, which are looked at when symbols are known. */
bool option_log(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    char words[1000] = "";
    size_t used = (size_t)snprintf(words, sizeof(words), "%s", o->trace ? o->trace : "");
    for (const char *at = value;; at++) {
        char word[300];
        size_t len = strcspn(at, ",");
        if (len >= sizeof(word) || used + len + 2 > sizeof(words))
            return err_set(e, "-d %.100s...: is too long", value);
        snprintf(word, sizeof(word), "%.*s", (int)len, at);
        if (strchr(word, '='))
            used +=
                (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", used ? "," : "", word);
        else if (!log_category(o, value, word, e))
            return false;
        at += len;
        if (!*at)
            break;
    }
    if (used)
        o->trace = keep(o, words, used, e);
    return !used || o->trace;
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
    if (HOST_SOCKETS && input && strncmp(value, "unix:", 5) == 0 && value[5])
        return true;
    return err_set(e, "%s %s: say stdio, file:PATH, %s%snull or none", option, value,
                   HOST_SOCKETS && input ? "unix:PATH, " : "", input ? "msmouse, " : "");
}

bool option_serial(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    if (o->serial_count == VM_SERIALS)
        return err_set(e, "-serial %s: the machine has %d serial ports", value, VM_SERIALS);
    bool mouse = strcmp(value, "msmouse") == 0;
    if (mouse && o->serial_mouse)
        return err_set(e, "-serial msmouse: one serial mouse is enough");
    if (!mouse && !stream_ok("-serial", value, true, e))
        return false;
    for (unsigned i = 0; i < o->serial_count; i++) {
        if (strcmp(value, "stdio") == 0 && strcmp(o->serial[i], value) == 0)
            return err_set(e,
                           "-serial stdio: another port has the terminal already; say "
                           "file:PATH, %snull for one of them",
                           HOST_SOCKETS ? "unix:PATH or " : "");
    }
    if (mouse) {
        o->serial_mouse = o->serial_count + 1;
        value = "none";
    }
    o->serial[o->serial_count++] = value;
    return true;
}

bool option_vga(void *options, const char *value, struct err *e)
{
    ((struct options *)options)->vga = value;
    return strcmp(value, "std") == 0 || strcmp(value, "cirrus") == 0 ||
           strcmp(value, "cirrus-isa") == 0 || strcmp(value, "none") == 0 ||
           err_set(e, "-vga %.40s: say std, cirrus, cirrus-isa or none", value);
}

bool option_sound(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    o->sound = value;
    for (unsigned i = 0; vm_sound_card_name(i); i++) {
        if (strcmp(value, vm_sound_card_name(i)) == 0)
            return true;
    }
    return strcmp(value, "none") == 0 || strcmp(value, "es1370") == 0 ||
           err_set(e, "-sound %.40s: say sb16, sbpro2, sbpro, sb2, sb1, es1370 or none", value);
}

bool option_midi(void *options, const char *value, struct err *e)
{
    ((struct options *)options)->midi = value;
    return midi_port_check(value, e);
}

bool option_midi_in(void *options, const char *value, struct err *e)
{
    ((struct options *)options)->midi_in = value;
    return midi_input_check(value, e);
}

bool option_audio_in(void *options, const char *value, struct err *e)
{
    ((struct options *)options)->audio_in = value;
    return sound_in_check(value, e);
}

bool option_parallel(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    o->parallel = value;
    return stream_ok("-parallel", value, false, e);
}

bool option_debugcon(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    o->debugcon = value;
    return stream_ok("-debugcon", value, false, e);
}

bool option_nic(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    return nic_parse(&o->nic, value, e);
}

bool option_share(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    return share_parse(&o->shares, value, e);
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

bool option_rtc(void *options, const char *value, struct err *e)
{
    struct options *o = options;
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

bool option_post_port(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    char *end;
    unsigned long v = strtoul(value, &end, 0);
    if (end == value || *end || v < 1 || v > 0xffff)
        return err_set(e, "-post-port %s: say a port, 1 to 0xffff", value);
    o->post_port = (u16)v;
    return true;
}

bool option_device(void *options, const char *value, struct err *e)
{
    struct row row;
    return row_parse(&row, "-device", value, e) &&
           devices_add(&((struct options *)options)->devices, &row, e);
}

bool option_readconfig(void *options, const char *value, struct err *e)
{
    return readconfig(options, value, e);
}

bool option_chardev(void *options, const char *value, struct err *e)
{
    struct row row;
    return row_parse(&row, "-chardev", value, e) &&
           devices_add_chardev(&((struct options *)options)->devices, &row, e);
}

bool option_netdev(void *options, const char *value, struct err *e)
{
    struct row row;
    return row_parse(&row, "-netdev", value, e) &&
           devices_add_netdev(&((struct options *)options)->devices, &row, e);
}

bool option_drive(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    return drive_parse(&o->drives, value, e);
}

bool option_rewind(void *options, const char *value, struct err *e)
{
    enum { MOST = 1 << 16 };
    struct options *o = options;
    char *end;
    errno = 0;
    unsigned long mb = strtoul(value, &end, 10);
    if (errno || end == value || *end || !isdigit((unsigned char)*value) || mb > MOST)
        return err_set(e, "-rewind %s: say megabytes, 0 (none) to %d", value, MOST);
    o->rewind_said = true;
    o->rewind_mb = (u32)mb;
    return true;
}

/*
 * FILE, or FILE,KEY=WORD; other commas are the file's. *word: which of `words`; NULL: none was
 * said. NULL + err.
 */
static const char *file_and_word(struct options *o, const char *option, const char *value,
                                 const char *key, const char *const words[2], const char **word,
                                 struct err *e)
{
    const char *comma = strrchr(value, ',');
    size_t n = strlen(key), len = strlen(value);
    *word = NULL;
    if (comma && strncmp(comma + 1, key, n) == 0 && comma[1 + n] == '=') {
        const char *said = comma + 2 + n;
        len = (size_t)(comma - value);
        for (unsigned i = 0; i < 2; i++)
            if (strcmp(said, words[i]) == 0)
                *word = words[i];
        if (!*word) {
            err_set(e, "%s %s: %s is %s or %s", option, value, key, words[0], words[1]);
            return NULL;
        }
    }
    if (!len) {
        err_set(e, "%s wants the name of a file", option);
        return NULL;
    }
    return keep(o, value, len, e);
}

bool option_record(void *options, const char *value, struct err *e)
{
    static const char *const words[2] = {"hash", "embed"};
    struct options *o = options;
    const char *word;
    if (o->record)
        return err_set(e, "-record is given twice");
    o->record = file_and_word(o, "-record", value, "images", words, &word, e);
    o->record_images = word == words[1];
    return o->record != NULL;
}

bool option_record_video(void *options, const char *value, struct err *e)
{
    static const char *const words[2] = {"raw", "aspect"};
    struct options *o = options;
    const char *word;
    if (o->record_video)
        return err_set(e, "-record-video is given twice");
    o->record_video = file_and_word(o, "-record-video", value, "pixels", words, &word, e);
    o->record_aspect = word == words[1];
    return o->record_video != NULL;
}

bool option_profile(void *options, const char *value, struct err *e)
{
    static const char *const words[2] = {"folded", "speedscope"};
    struct options *o = options;
    if (o->profile)
        return err_set(e, "-profile is given twice");
    o->profile = file_and_word(o, "-profile", value, "format", words, &o->profile_format, e);
    return o->profile != NULL;
}

bool option_coverage(void *options, const char *value, struct err *e)
{
    static const char *const words[2] = {"drcov", "lcov"};
    struct options *o = options;
    if (o->coverage)
        return err_set(e, "-coverage is given twice");
    o->coverage = file_and_word(o, "-coverage", value, "format", words, &o->coverage_format, e);
    return o->coverage != NULL;
}

bool option_symbols(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    if (o->symbol_files == SYMBOL_FILES)
        return err_set(e, "-symbols is given more than %d times", (int)SYMBOL_FILES);
    o->symbols[o->symbol_files++] = value;
    return *value || err_set(e, "-symbols wants the name of a file");
}

/* NAME=VALUE; whether the name will do is the script's matter. */
bool option_set(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    if (!strchr(value, '=') || *value == '=')
        return err_set(e, "-set %.200s: NAME=VALUE, a variable of the script", value);
    if (o->sets == SCRIPT_SETS)
        return err_set(e, "-set %.200s: more than %d of them", value, SCRIPT_SETS);
    o->set[o->sets++] = value;
    return true;
}

/* host=SECONDS, guest=SECONDS, or both with a comma. */
bool option_limit(void *options, const char *value, struct err *e)
{
    struct options *o = options;
    for (const char *p = value;;) {
        bool known;
        if (!limits_word(&o->limits, p, &known, e))
            return false;
        if (known) {
            p += strcspn(p, ",");
            if (!*p++)
                return true;
            continue;
        }
        bool host = strncmp(p, "host=", 5) == 0, guest = strncmp(p, "guest=", 6) == 0;
        const char *number = p + (host ? 5 : 6);
        char *end;
        double seconds = host || guest ? strtod(number, &end) : 0;
        if ((!host && !guest) || end == number || (*end && *end != ',') || !isfinite(seconds) ||
            seconds <= 0 || seconds > 1e6)
            return err_set(e,
                           "-limit %s: say host=SECONDS, guest=SECONDS (up to 1000000), cpu=50%%, "
                           "mem=SIZE, disk=SIZE or log=SIZE, with commas between",
                           value);
        *(host ? &o->limit_host : &o->limit_guest) = seconds;
        if (!*end)
            return true;
        p = end + 1;
    }
}
