/*
 * names.c - a host's names as FAT shows them, and back. The rules are in names.h.
 *
 * Format: Microsoft FAT specification (fatgen103), "Short Directory Entry Names" and "Long
 * Directory Entries"; RtlGenerate8dot3Name for the shape of aliases.
 *
 * Not modelled: normal forms of Unicode (a composed and a decomposed letter are two names).
 */
#include "hw/storage/folder/names.h"

#include "hw/base/hash.h"
#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ILLEGAL_AT = 0xf000, BYTE_AT = 0xf780 };

/* ---- UTF-8 ---- */

/* One character; its length, or 0: not UTF-8. Neither too long forms nor surrogates. */
static unsigned utf8_take(const u8 *p, size_t left, u32 *c)
{
    static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = p[0] < 0x80             ? 1
                 : (p[0] & 0xe0) == 0xc0 ? 2
                 : (p[0] & 0xf0) == 0xe0 ? 3
                 : (p[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
    if (!n || n > left)
        return 0;
    *c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3f);
    }
    return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : n;
}

static unsigned utf8_put(u32 c, u8 out[4])
{
    if (c < 0x80) {
        out[0] = (u8)c;
        return 1;
    }
    unsigned n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (unsigned i = n - 1; i; i--, c >>= 6)
        out[i] = (u8)(0x80 | (c & 0x3f));
    out[0] = (u8)(0xf00u >> n | c);
    return n;
}

static bool illegal(u32 c)
{
    return c && c < 0x80 && (c < 0x20 || strchr("\"*:<>?\\|", (int)c));
}

static bool put_unit(struct long_name *out, u32 c)
{
    if (out->units == NAME_UNITS)
        return false;
    out->unit[out->units++] = (u16)c;
    return true;
}

bool name_from_host(const char *name, size_t bytes, struct long_name *out)
{
    const u8 *p = (const u8 *)name;
    out->units = 0;
    for (size_t i = 0; i < bytes;) {
        u32 c = 0;
        unsigned n = utf8_take(p + i, bytes - i, &c);
        if (!n) {
            c = BYTE_AT + p[i];
            n = 1;
        } else if (illegal(c) || ((c == '.' || c == ' ') && i + 1 == bytes)) {
            c += ILLEGAL_AT;
        }
        i += n;
        if (c >= 0x10000 && !put_unit(out, 0xd800 + ((c - 0x10000) >> 10)))
            return false;
        if (!put_unit(out, c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c))
            return false;
    }
    return out->units > 0;
}

/* What stands for a character or byte that FAT or Unicode cannot have. 0: nothing of that kind. */
static u8 stands_for(u16 c)
{
    if (c >= BYTE_AT + 0x80 && c <= BYTE_AT + 0xff)
        return (u8)(c - BYTE_AT);
    if (c > ILLEGAL_AT && c < ILLEGAL_AT + 0x80 &&
        (illegal(c - ILLEGAL_AT) || c == ILLEGAL_AT + '.' || c == ILLEGAL_AT + ' '))
        return (u8)(c - ILLEGAL_AT);
    return 0;
}

bool name_to_host(const struct long_name *name, char out[NAME_BYTES + 1])
{
    size_t used = 0;
    for (unsigned i = 0; i < name->units; i++) {
        u32 c = name->unit[i];
        u8 utf8[4] = {stands_for((u16)c)};
        unsigned n = 1;
        if (!utf8[0]) {
            if (c >= 0xd800 && c < 0xdc00 && i + 1 < name->units &&
                (name->unit[i + 1] & 0xfc00) == 0xdc00)
                c = 0x10000 + ((c & 0x3ff) << 10) + (name->unit[++i] & 0x3ff);
            else if (c >= 0xd800 && c < 0xe000)
                return false;
            n = utf8_put(c, utf8);
        }
        if (utf8[0] == 0 || utf8[0] == '/' || used + n > NAME_BYTES)
            return false;
        memcpy(out + used, utf8, n);
        used += n;
    }
    out[used] = 0;
    return used && strcmp(out, ".") != 0 && strcmp(out, "..") != 0;
}

/* ---- long names ---- */

bool name_same(const struct long_name *a, const struct long_name *b)
{
    if (a->units != b->units)
        return false;
    for (unsigned i = 0; i < a->units; i++) {
        if (unicode_upper(a->unit[i]) != unicode_upper(b->unit[i]))
            return false;
    }
    return true;
}

/* Where the extension's dot is, or the end. A dot in front begins no extension. */
static unsigned dot_of(const struct long_name *name)
{
    for (unsigned i = name->units; i-- > 1;) {
        if (name->unit[i] == '.')
            return i;
    }
    return name->units;
}

void name_number(const struct long_name *name, unsigned n, struct long_name *out)
{
    u16 text[16];
    unsigned digits = 1, dot = dot_of(name);
    for (unsigned v = n; v >= 10; v /= 10)
        digits++;
    unsigned length = digits + 3, tail = name->units - dot;
    text[0] = ' ';
    text[1] = '(';
    for (unsigned i = digits; i; i--, n /= 10)
        text[1 + i] = (u16)('0' + n % 10);
    text[2 + digits] = ')';
    /* Too long: of an extension that would leave no name, too, only the beginning is kept. */
    if (tail + length >= NAME_UNITS)
        tail = NAME_UNITS - length - 1;
    unsigned base = dot + length + tail > NAME_UNITS ? NAME_UNITS - length - tail : dot;
    if (base && (name->unit[base - 1] & 0xfc00) == 0xd800)
        base--; /* never half a pair */
    if (tail && (name->unit[dot + tail - 1] & 0xfc00) == 0xd800)
        tail--;
    struct long_name made;
    memcpy(made.unit, name->unit, base * sizeof(u16));
    memcpy(made.unit + base, text, length * sizeof(u16));
    memcpy(made.unit + base + length, name->unit + dot, tail * sizeof(u16));
    made.units = base + length + tail;
    *out = made;
}

void name_from_alias(const struct codepage *cp, const u8 alias[ALIAS_BYTES], u8 case_bits,
                     struct long_name *out)
{
    out->units = 0;
    unsigned base = 8, extension = 3;
    while (base && alias[base - 1] == ' ')
        base--;
    while (extension && alias[8 + extension - 1] == ' ')
        extension--;
    for (unsigned i = 0; i < 8 + extension; i++) {
        if (i >= base && i < 8)
            continue;
        if (i == 8)
            put_unit(out, '.');
        u16 c = codepage_to_unicode(cp, alias[i]);
        bool lower = case_bits & (i < 8 ? CASE_NAME : CASE_EXTENSION);
        if (lower && c >= 'A' && c <= 'Z')
            c += 32;
        put_unit(out, c ? c : alias[i] < 0x80 ? alias[i] : BYTE_AT + alias[i]);
    }
}

/* ---- aliases ---- */

static u8 alias_char(const struct codepage *cp, u16 c, bool *lossy)
{
    u8 byte = codepage_from_unicode(cp, c);
    if (byte && byte >= 0x20 && byte != 0x7f && !strchr("+,;=[]\"*/:<>?\\|", byte))
        return codepage_upper(cp, byte);
    *lossy = true;
    return '_';
}

void alias_parts(const struct codepage *cp, const struct long_name *name, struct alias_parts *out)
{
    *out = (struct alias_parts){0};
    unsigned first = 0, dot = name->units;
    while (first < name->units && (name->unit[first] == '.' || name->unit[first] == ' '))
        first++;
    for (unsigned i = name->units; i-- > first;) {
        if (name->unit[i] == '.') {
            dot = i;
            break;
        }
    }
    out->lossy = first > 0;
    for (unsigned i = first; i < name->units; i++) {
        u16 c = name->unit[i];
        if (i == dot)
            continue;
        if (c == '.' || c == ' ') {
            out->lossy = true;
            continue;
        }
        if ((c & 0xfc00) == 0xdc00 && i && (name->unit[i - 1] & 0xfc00) == 0xd800)
            continue; /* a pair is one character */
        u8 byte = alias_char(cp, c, &out->lossy);
        if (i < dot)
            out->base[out->bases++] = byte;
        else
            out->extension[out->extensions++] = byte;
    }
}

bool alias_is_device(const u8 *base, unsigned bases)
{
    static const char *const names[] = {"CON", "PRN", "AUX", "NUL", "CLOCK$"};
    while (bases && base[bases - 1] == ' ')
        bases--;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (bases == strlen(names[i]) && memcmp(base, names[i], bases) == 0)
            return true;
    }
    return bases == 4 && (memcmp(base, "COM", 3) == 0 || memcmp(base, "LPT", 3) == 0) &&
           base[3] >= '1' && base[3] <= '9';
}

u8 alias_checksum(const u8 alias[ALIAS_BYTES])
{
    u8 sum = 0;
    for (unsigned i = 0; i < ALIAS_BYTES; i++)
        sum = (u8)((sum >> 1 | sum << 7) + alias[i]);
    return sum;
}

u16 alias_hash(const struct long_name *name)
{
    u32 crc = ~0u;
    for (unsigned i = 0; i < name->units * 2; i++) {
        crc ^= (u8)(name->unit[i / 2] >> (i % 2 * 8));
        for (unsigned k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return (u16)~crc;
}

/* ---- the names of one directory ---- */

/* Two hash tables with open addressing: places in a pool, plus 1; 0 is free. */
struct name_table {
    const struct codepage *cp;
    u16 *pool; /* each name in upper case, its length in front */
    size_t pool_used, pool_size;
    size_t *names, name_places, name_count;
    u8 (*aliases)[ALIAS_BYTES];
    size_t *alias_at, alias_places, alias_count, alias_size;
    u64 probes;
};

struct name_table *name_table_new(const struct codepage *cp)
{
    struct name_table *t = calloc(1, sizeof(*t));
    if (t)
        t->cp = cp;
    return t;
}

void name_table_free(struct name_table *t)
{
    if (!t)
        return;
    free(t->pool);
    free(t->names);
    free(t->aliases);
    free(t->alias_at);
    free(t);
}

static size_t hash_of(const void *bytes, size_t size)
{
    return (size_t)hash_bytes(HASH_START, bytes, size);
}

/* The place of the name, or the free one where it belongs. The table is never full. */
static size_t name_place(const struct name_table *t, const u16 *folded)
{
    size_t size = (folded[0] + 1u) * sizeof(u16), i = hash_of(folded, size);
    for (;; i++) {
        i &= t->name_places - 1;
        const u16 *there = t->names[i] ? t->pool + t->names[i] - 1 : NULL;
        if (!there || memcmp(there, folded, size) == 0)
            return i;
    }
}

static size_t alias_place(const struct name_table *t, const u8 *alias)
{
    for (size_t i = hash_of(alias, ALIAS_BYTES);; i++) {
        i &= t->alias_places - 1;
        if (!t->alias_at[i] || memcmp(t->aliases[t->alias_at[i] - 1], alias, ALIAS_BYTES) == 0)
            return i;
    }
}

static void fold(const struct long_name *name, u16 out[NAME_UNITS + 1])
{
    out[0] = (u16)name->units;
    for (unsigned i = 0; i < name->units; i++)
        out[i + 1] = unicode_upper(name->unit[i]);
}

static bool room_for_name(struct name_table *t)
{
    if (!ARRAY_ROOM(t->pool, t->pool_size, t->pool_used + NAME_UNITS + 1))
        return false;
    if (t->name_count * 2 < t->name_places)
        return true;
    size_t places = t->name_places ? t->name_places * 2 : 64, *old = t->names;
    size_t *made = calloc(places, sizeof(*made)), old_places = t->name_places;
    if (!made)
        return false;
    t->names = made;
    t->name_places = places;
    for (size_t i = 0; i < old_places; i++) {
        if (old[i])
            made[name_place(t, t->pool + old[i] - 1)] = old[i];
    }
    free(old);
    return true;
}

static bool room_for_alias(struct name_table *t)
{
    if (!ARRAY_ROOM(t->aliases, t->alias_size, t->alias_count + 1))
        return false;
    if (t->alias_count * 2 < t->alias_places)
        return true;
    size_t places = t->alias_places ? t->alias_places * 2 : 64;
    size_t *made = calloc(places, sizeof(*made));
    if (!made)
        return false;
    free(t->alias_at);
    t->alias_at = made;
    t->alias_places = places;
    for (size_t i = 0; i < t->alias_count; i++)
        made[alias_place(t, t->aliases[i])] = i + 1;
    return true;
}

enum name_added name_table_add(struct name_table *t, const struct long_name *name)
{
    u16 folded[NAME_UNITS + 1];
    if (!room_for_name(t))
        return NAME_NO_MEMORY;
    fold(name, folded);
    size_t i = name_place(t, folded);
    if (t->names[i])
        return NAME_TAKEN;
    memcpy(t->pool + t->pool_used, folded, (folded[0] + 1u) * sizeof(u16));
    t->names[i] = t->pool_used + 1;
    t->pool_used += folded[0] + 1u;
    t->name_count++;
    return NAME_ADDED;
}

bool name_table_has(const struct name_table *t, const struct long_name *name)
{
    u16 folded[NAME_UNITS + 1];
    fold(name, folded);
    return t->name_places && t->names[name_place(t, folded)];
}

enum name_added name_table_add_alias(struct name_table *t, const u8 alias[ALIAS_BYTES])
{
    if (!room_for_alias(t))
        return NAME_NO_MEMORY;
    size_t i = alias_place(t, alias);
    if (t->alias_at[i])
        return NAME_TAKEN;
    memcpy(t->aliases[t->alias_count++], alias, ALIAS_BYTES);
    t->alias_at[i] = t->alias_count;
    return NAME_ADDED;
}

bool name_table_has_alias(const struct name_table *t, const u8 alias[ALIAS_BYTES])
{
    return t->alias_places && t->alias_at[alias_place(t, alias)];
}

u64 name_table_probes(const struct name_table *t)
{
    return t->probes;
}

/* Is this candidate nobody else's? Then it is taken. */
static enum name_added try_alias(struct name_table *t, const struct long_name *name,
                                 const u8 bytes[ALIAS_BYTES])
{
    struct long_name shown;
    t->probes++;
    if (name_table_has_alias(t, bytes))
        return NAME_TAKEN;
    name_from_alias(t->cp, bytes, 0, &shown);
    if (!name_same(&shown, name) && name_table_has(t, &shown))
        return NAME_TAKEN;
    return name_table_add_alias(t, bytes);
}

/* Case bits, or the need of a long name: what is lost of `name` if only the alias is stored? */
static void show_alias(const struct codepage *cp, const struct long_name *name, struct alias *out)
{
    static const u8 ways[] = {0, CASE_NAME, CASE_EXTENSION, CASE_NAME | CASE_EXTENSION};
    struct long_name shown;
    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        name_from_alias(cp, out->bytes, ways[i], &shown);
        if (shown.units == name->units &&
            memcmp(shown.unit, name->unit, name->units * sizeof(u16)) == 0) {
            out->case_bits = ways[i];
            out->needs_long = false;
            return;
        }
    }
    out->case_bits = 0;
    out->needs_long = true;
}

enum name_added name_table_known_alias(struct name_table *t, const struct long_name *name,
                                       const u8 alias[ALIAS_BYTES], struct alias *out)
{
    enum name_added added = try_alias(t, name, alias);
    if (added == NAME_ADDED) {
        memcpy(out->bytes, alias, ALIAS_BYTES);
        show_alias(t->cp, name, out);
    }
    return added;
}

static void set_extension(u8 bytes[ALIAS_BYTES], const struct alias_parts *p)
{
    memset(bytes, ' ', ALIAS_BYTES);
    memcpy(bytes + 8, p->extension, p->extensions < 3 ? p->extensions : 3);
}

/* `kept` characters of the base, `~`, and the number. */
static void set_numbered(u8 bytes[ALIAS_BYTES], const u8 *base, unsigned kept, u32 number)
{
    unsigned digits = 1;
    for (u32 v = number; v >= 10; v /= 10)
        digits++;
    memset(bytes, ' ', 8);
    if (kept > 7 - digits)
        kept = 7 - digits;
    memcpy(bytes, base, kept);
    bytes[kept] = '~';
    for (unsigned i = digits; i; i--, number /= 10)
        bytes[kept + i] = (u8)('0' + number % 10);
}

/* The base followed by the hash in hexadecimal digits; how many bytes. */
static unsigned hashed(u8 out[8], const u8 *base, unsigned bases, const struct long_name *name)
{
    unsigned n = bases < 2 ? bases : 2;
    u16 hash = alias_hash(name);
    memcpy(out, base, n);
    for (unsigned i = 0; i < 4; i++)
        out[n + i] = (u8) "0123456789ABCDEF"[hash >> (12 - 4 * i) & 15];
    return n + 4;
}

bool name_table_alias(struct name_table *t, const struct long_name *name, struct alias *out)
{
    struct alias_parts p;
    u8 with_hash[8];
    enum name_added added = NAME_TAKEN;
    alias_parts(t->cp, name, &p);
    set_extension(out->bytes, &p);
    if (!p.lossy && p.bases >= 1 && p.bases <= 8 && p.extensions <= 3 &&
        !alias_is_device(p.base, p.bases)) {
        memcpy(out->bytes, p.base, p.bases);
        added = try_alias(t, name, out->bytes);
    }
    unsigned hash_length = hashed(with_hash, p.base, p.bases, name);
    for (u32 i = 1; added == NAME_TAKEN && i <= 4 && p.bases >= 3; i++) {
        set_numbered(out->bytes, p.base, p.bases < 6 ? p.bases : 6, i);
        added = try_alias(t, name, out->bytes);
    }
    for (u32 i = 1; added == NAME_TAKEN && i <= 999999; i++) {
        set_numbered(out->bytes, with_hash, hash_length, i);
        added = try_alias(t, name, out->bytes);
    }
    if (added != NAME_ADDED)
        return false;
    show_alias(t->cp, name, out);
    return true;
}
