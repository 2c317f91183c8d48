/*
 * commands_look.c - the commands that drives were given, in words: where, how much, how it ended.
 * 82077AA's data sheet, chapter 5; ATA/ATAPI-5, chapter 8; MMC-2. The bytes themselves follow.
 */
#include "hw/storage/commands_look.h"

#include "hw/storage/atapi.h"
#include "hw/storage/drives_look.h"
#include "hw/storage/fdc82077.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- sentences ---- */

struct words {
    char text[400];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->text + w->used, sizeof(w->text) - w->used, format, args);
    va_end(args);
    if (n > 0)
        w->used +=
            (size_t)n < sizeof(w->text) - w->used ? (size_t)n : sizeof(w->text) - w->used - 1;
}

static void say_bytes(struct words *w, const u8 *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        say(w, "%s%02x", i ? " " : "", bytes[i]);
}

/* What a register's bits mean, as far as they mean something. */
static void say_bits(struct words *w, const struct register_field *field, size_t fields, u8 value)
{
    for (size_t i = 0; i < fields; i++) {
        u8 v = value >> field[i].low & ((1u << field[i].bits) - 1);
        const char *meaning = field[i].meaning ? field[i].meaning[v] : NULL;
        if (v && meaning && *meaning != '-')
            say(w, ", %s", meaning);
    }
}

typedef void tell_fn(struct words *w, const struct command_note *x);

static void look_commands(const struct command_log *l, const char *title,
                          const char *(*name_of)(u8), tell_fn *tell, const struct register_eye *eye)
{
    const struct command_note *x;
    char group[80];
    snprintf(group, sizeof(group), "%s: commands, the latest first", title);
    eye->group(eye->opaque, group);
    for (unsigned i = 0; (x = command_log_at(l, i)); i++) {
        struct words w = {.used = 0};
        const char *name = *x->name ? x->name : name_of(x->given[x->given_len - 1]);
        tell(&w, x);
        say(&w, "%sat %.6f s (", w.used ? "; " : "", (double)x->at / 1e9);
        say_bytes(&w, x->given, x->given_len);
        if (x->result_len)
            say(&w, " gave ");
        say_bytes(&w, x->result, x->result_len);
        say(&w, ")");
        eye->text(eye->opaque, name ? name : "a command", w.text);
    }
}

/* ---- floppies ---- */

const struct register_field fdc_st0[5] = {
    FIELD(6, 2, "IC", "ended well", "ended early", "invalid command", "ended by the drive"),
    FIELD(5, 1, "SE", "-", "seek ended"),
    FIELD(4, 1, "EC", "-", "no track 0"),
    FIELD(2, 1, "H", "side 0", "side 1"),
    FIELD_NUMBER(0, 2, "DS"),
};
const struct register_field fdc_st1[6] = {
    FIELD(7, 1, "EN", "-", "beyond the last sector"), FIELD(5, 1, "DE", "-", "CRC is wrong"),
    FIELD(4, 1, "OR", "-", "data came too late"),     FIELD(2, 1, "ND", "-", "sector not found"),
    FIELD(1, 1, "NW", "-", "write-protected"),        FIELD(0, 1, "MA", "-", "no address mark"),
};
const struct register_field fdc_st2[6] = {
    FIELD(6, 1, "CM", "-", "deleted data"),   FIELD(5, 1, "DD", "-", "CRC of the data is wrong"),
    FIELD(4, 1, "WC", "-", "wrong cylinder"), FIELD(3, 1, "SH", "-", "scan: equal"),
    FIELD(2, 1, "SN", "-", "scan: not met"),  FIELD(0, 1, "MD", "-", "no data address mark"),
};

const char *fdc_command_name(u8 command)
{
    switch (command & 0x1f) {
    case 0x02:
        return "READ TRACK";
    case 0x03:
        return "SPECIFY";
    case 0x04:
        return "SENSE DRIVE STATUS";
    case 0x05:
        return "WRITE DATA";
    case 0x06:
        return "READ DATA";
    case 0x07:
        return "RECALIBRATE";
    case 0x08:
        return "SENSE INTERRUPT STATUS";
    case 0x09:
        return "WRITE DELETED DATA";
    case 0x0a:
        return "READ ID";
    case 0x0c:
        return "READ DELETED DATA";
    case 0x0d:
        return "FORMAT TRACK";
    case 0x0e:
        return "DUMPREG";
    case 0x0f:
        return command & 0x80 ? "RELATIVE SEEK" : "SEEK";
    case 0x10:
        return "VERSION";
    case 0x12:
        return "PERPENDICULAR MODE";
    case 0x13:
        return "CONFIGURE";
    case 0x14:
        return "LOCK";
    case 0x16:
        return "VERIFY";
    default:
        return NULL;
    }
}

enum { FDC_MT = 0x80 };

static bool has_sectors(u8 command)
{
    static const u8 codes[] = {0x02, 0x05, 0x06, 0x09, 0x0c, 0x11, 0x16, 0x19, 0x1d};
    for (size_t i = 0; i < sizeof(codes); i++) {
        if (codes[i] == (command & 0x1f))
            return true;
    }
    return false;
}

static unsigned sector_bytes(u8 n)
{
    return 128u << (n & 7);
}

static void tell_fdc_given(struct words *w, const u8 *g)
{
    u8 code = g[0] & 0x1f;
    char drive = (char)('A' + (g[1] & 3));
    unsigned side = g[1] >> 2 & 1;
    if (has_sectors(g[0])) {
        say(w, "%c: cylinder %u, side %u, from sector %u of %u, %u bytes each%s", drive, g[2], side,
            g[4], g[6], sector_bytes(g[5]), g[0] & FDC_MT ? ", then the other side" : "");
        if (g[3] != side)
            say(w, ", head %u in their IDs", g[3]);
    } else if (code == 0x0d) {
        say(w, "%c: side %u, %u sectors of %u bytes, filled with %02x", drive, side, g[3],
            sector_bytes(g[2]), g[5]);
    } else if (g[0] == 0x0f) {
        say(w, "%c: to cylinder %u", drive, g[2]);
    } else if (g[0] == 0x07) {
        say(w, "%c: to cylinder 0", drive);
    } else if ((g[0] & 0xbf) == 0x8f) {
        say(w, "%c: %u cylinders %s", drive, g[2], g[0] & 0x40 ? "inwards" : "outwards");
    } else if (g[0] == 0x04 || code == 0x0a) {
        say(w, "%c: side %u", drive, side);
    } else if (g[0] == 0x03) {
        say(w, "step rate %u, head unloads after %u, loads within %u, %s", g[1] >> 4, g[1] & 15,
            g[2] >> 1, g[2] & 1 ? "without DMA" : "with DMA");
    }
}

static void tell_fdc(struct words *w, const struct command_note *x)
{
    const u8 *g = x->given, *r = x->result;
    tell_fdc_given(w, g);
    if (x->result_len == 7) {
        say(w, "%s%s", w->used ? ": " : "", fdc_st0[0].meaning[r[0] >> 6]);
        say_bits(w, fdc_st1, ARRAY_SIZE(fdc_st1), r[1]);
        say_bits(w, fdc_st2, ARRAY_SIZE(fdc_st2), r[2]);
        say(w, "; %s cylinder %u, head %u, sector %u", (g[0] & 0x1f) == 0x0a ? "found" : "left at",
            r[3], r[4], r[5]);
    } else if (g[0] == 0x08 && x->result_len == 2) {
        say(w, "%c: %s", 'A' + (r[0] & 3), r[0] & 0x20 ? "seek" : fdc_st0[0].meaning[r[0] >> 6]);
        say_bits(w, fdc_st0, r[0] & 0x20 ? 3 : 0, r[0] & 0xd0);
        say(w, "%s, cylinder %u", r[0] & 0x20 && !(r[0] & 0xd0) ? " ended well" : "", r[1]);
    }
}

void fdc_look_commands(const struct fdc *f, const struct register_eye *eye)
{
    look_commands(&f->commands, "82077AA", fdc_command_name, tell_fdc, eye);
}

/* ---- IDE ---- */

const struct register_field ata_error[4] = {
    FIELD(6, 1, "UNC", "-", "cannot be read"),
    FIELD(4, 1, "IDNF", "-", "no such sector"),
    FIELD(2, 1, "ABRT", "-", "command refused"),
    FIELD(0, 1, "AMNF", "-", "no address mark"),
};

const char *ata_command_name(u8 command)
{
    static const struct {
        u8 code;
        const char *name;
    } names[] = {
        {0x00, "NOP"},
        {0x08, "DEVICE RESET"},
        {0x20, "READ SECTORS"},
        {0x21, "READ SECTORS (no retry)"},
        {0x24, "READ SECTORS EXT"},
        {0x25, "READ DMA EXT"},
        {0x29, "READ MULTIPLE EXT"},
        {0x30, "WRITE SECTORS"},
        {0x31, "WRITE SECTORS (no retry)"},
        {0x34, "WRITE SECTORS EXT"},
        {0x35, "WRITE DMA EXT"},
        {0x39, "WRITE MULTIPLE EXT"},
        {0x40, "READ VERIFY"},
        {0x70, "SEEK"},
        {0x90, "EXECUTE DEVICE DIAGNOSTIC"},
        {0x91, "INITIALIZE DEVICE PARAMETERS"},
        {0xa0, "PACKET"},
        {0xa1, "IDENTIFY PACKET DEVICE"},
        {0xc4, "READ MULTIPLE"},
        {0xc5, "WRITE MULTIPLE"},
        {0xc6, "SET MULTIPLE MODE"},
        {0xc8, "READ DMA"},
        {0xca, "WRITE DMA"},
        {0xe0, "STANDBY IMMEDIATE"},
        {0xe1, "IDLE IMMEDIATE"},
        {0xe4, "READ BUFFER"},
        {0xe5, "CHECK POWER MODE"},
        {0xe6, "SLEEP"},
        {0xe7, "FLUSH CACHE"},
        {0xe8, "WRITE BUFFER"},
        {0xea, "FLUSH CACHE EXT"},
        {0xec, "IDENTIFY DEVICE"},
        {0xef, "SET FEATURES"},
        {0xf8, "READ NATIVE MAX ADDRESS"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].code == command)
            return names[i].name;
    return command >> 4 == 1 ? "RECALIBRATE" : NULL;
}

/* Those that begin at a sector, and have a number of them. */
static bool has_blocks(u8 c, bool *ext)
{
    *ext = c == 0x24 || c == 0x25 || c == 0x29 || c == 0x34 || c == 0x35 || c == 0x39 || c == 0x42;
    return *ext || (c >= 0x20 && c <= 0x33) || c == 0x40 || c == 0x41 || c == 0xc4 || c == 0xc5 ||
           (c >= 0xc8 && c <= 0xcb);
}

static void tell_blocks(struct words *w, const u8 *g, bool ext)
{
    unsigned count = g[1];
    u64 lba = g[2] | (u64)g[3] << 8 | (u64)g[4] << 16;
    if (ext) {
        count |= (unsigned)g[6] << 8;
        lba |= (u64)g[7] << 24 | (u64)g[8] << 32 | (u64)g[9] << 40;
    }
    count = count ? count : ext ? 65536 : 256;
    if (ext || g[5] & ATA_LBA)
        say(w, "block %llu", (unsigned long long)(ext ? lba : lba | (u64)(g[5] & 15) << 24));
    else
        say(w, "cylinder %u, head %u, sector %u", g[3] | g[4] << 8, g[5] & 15, g[2]);
    say(w, ", %u sector%s", count, count == 1 ? "" : "s");
}

/* Task file: feature, count, LBA low, mid, high, device, what these held before (count, LBA),
 * command. */
static void tell_ata_given(struct words *w, const u8 *g, u8 command)
{
    bool ext;
    if (has_blocks(command, &ext))
        tell_blocks(w, g, ext);
    else if (command == 0x91)
        say(w, "%u heads, %u sectors a track", (g[5] & 15) + 1u, g[1]);
    else if (command == 0xc6)
        say(w, "%u sectors a block", g[1]);
    else if (command == 0xef)
        say(w, "feature %02x, %02x", g[0], g[1]);
}

static void tell_packet(struct words *w, const u8 *g)
{
    unsigned lba = (unsigned)g[2] << 24 | g[3] << 16 | g[4] << 8 | g[5];
    if (g[0] == 0x28 || g[0] == 0x2a)
        say(w, "block %u, %u blocks", lba, g[7] << 8 | g[8]);
    else if (g[0] == 0xa8 || g[0] == 0xaa)
        say(w, "block %u, %u blocks", lba, (unsigned)g[6] << 24 | g[7] << 16 | g[8] << 8 | g[9]);
    else if (g[0] == 0xbe)
        say(w, "block %u, %u blocks", lba, g[6] << 16 | g[7] << 8 | g[8]);
    else if (g[0] == 0x1b)
        say(w, "%s",
            g[4] & 2   ? g[4] & 1 ? "close the tray" : "open the tray"
            : g[4] & 1 ? "start"
                       : "stop");
    else if (g[0] == 0x12 || g[0] == 0x03)
        say(w, "up to %u bytes", g[4]);
}

static const char *const sense_keys[16] = {
    "no sense",       "recovered error", "not ready",      "medium error",
    "hardware error", "illegal request", "unit attention", "data protect",
    "blank check",    "vendor specific", "copy aborted",   "aborted command",
    "reserved",       "volume overflow", "miscompare",     "reserved",
};

static void tell_ata(struct words *w, const struct command_note *x)
{
    const u8 *g = x->given, *r = x->result;
    bool packet = x->given_len == ATAPI_PACKET;
    if (packet)
        tell_packet(w, g);
    else
        tell_ata_given(w, g, g[x->given_len - 1]);
    if (x->result_len < 2)
        return;
    say(w, "%s%s", w->used ? ": " : "", r[0] & ATA_ERR ? "failed" : "ended well");
    if (r[0] & ATA_ERR && x->result_len == 5)
        say(w, ", %s (sense %x/%02x/%02x)", sense_keys[r[2] & 15], r[2], r[3], r[4]);
    else if (r[0] & ATA_ERR)
        say_bits(w, ata_error, ARRAY_SIZE(ata_error), r[1]);
}

void ata_look_commands(const struct ata_unit *u, const char *title, const struct register_eye *eye)
{
    look_commands(&u->commands, title, ata_command_name, tell_ata, eye);
}
