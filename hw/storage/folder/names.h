/*
 * names.h - the names of a host's files as FAT shows them: a long name in UTF-16 and an alias of
 * eight and three characters. For the folder disk and for the redirector.
 *
 * The long name. UTF-8 becomes UTF-16. What a long name of FAT cannot hold - " * : < > ? \ |, 01h
 * to 1Fh, and a dot or space at the end - is shown as U+F000 + its code and comes back as itself,
 * as Samba and Services for Macintosh do it. A byte that is no UTF-8 is U+F780 + the byte, both
 * ways.
 *
 * The alias.
 *  1. Each character in the drive's code page, in upper case by that page; what the page lacks, and
 *     + , ; = [ ], is _. Spaces go, and all dots but the last one, and those in front. If anything
 * of this happened (other than upper case), the alias is "lossy".
 *  2. Not lossy, 1 to 8 and 0 to 3 characters, no device of DOS, nobody else's: that is the alias.
 * Is the name, or the extension, all in ASCII lower case, then the entry's case bits say so and no
 *     long name is needed.
 *  3. Else the first 6 characters and the first 3 of the extension; of fewer than 3 characters,
 * these and four hexadecimal digits of the hash.
 *  4. ~1 to ~4; then the first 2 characters, the hash's four digits, ~1 to ~9; then one character
 *     fewer and ~10 to ~99, and so on. The hash: the lower half of CRC-32 of the name in UTF-16LE.
 *
 * An alias that is another one's long name is passed over: a guest could not tell them apart.
 */
#ifndef FERRITE_NAMES_H
#define FERRITE_NAMES_H

#include "hw/storage/folder/codepage.h"

enum { NAME_UNITS = 255 }; /* of a long name at most */
enum { NAME_BYTES = 255 }; /* of a host's name at most, as on all its file systems */
enum { ALIAS_BYTES = 11 }; /* eight and three, padded with spaces */
enum { CASE_NAME = 0x08, CASE_EXTENSION = 0x10 }; /* bits of an entry's byte 0Ch: in lower case */

struct long_name {
    u16 unit[NAME_UNITS];
    unsigned units;
};

struct alias {
    u8 bytes[ALIAS_BYTES]; /* in the code page; E5h in front is still E5h, see alias_store() */
    u8 case_bits;
    bool needs_long; /* alias and case bits alone do not say the name */
};

/* false: more than 255 units. `name` has no NUL and no slash, is not empty, "." or "..". */
bool name_from_host(const char *name, size_t bytes, struct long_name *out);
/*
 * The name for the host, with a NUL. false: a host cannot have it (empty, ".", "..", with a slash
 * or NUL, half a surrogate pair, more than 255 bytes).
 */
bool name_to_host(const struct long_name *name, char out[NAME_BYTES + 1]);
/* What a guest means that wrote an entry without a long name. */
void name_from_alias(const struct codepage *cp, const u8 alias[ALIAS_BYTES], u8 case_bits,
                     struct long_name *out);
/* "NAME (2).EXT" for n = 2: cut so that it fits. */
void name_number(const struct long_name *name, unsigned n, struct long_name *out);
/* Equal, whatever the case? */
bool name_same(const struct long_name *a, const struct long_name *b);

/* Step 1 above, without any table: also what a guest's FCB or path is compared by. */
struct alias_parts {
    u8 base[NAME_UNITS], extension[NAME_UNITS];
    unsigned bases, extensions;
    bool lossy;
};
void alias_parts(const struct codepage *cp, const struct long_name *name, struct alias_parts *out);
/* CON, PRN, AUX, NUL, CLOCK$, COM1-9, LPT1-9, whatever the extension. */
bool alias_is_device(const u8 *base, unsigned bases);
/* The checksum that a long name's slots carry (FAT specification, 7.2). */
u8 alias_checksum(const u8 alias[ALIAS_BYTES]);
u16 alias_hash(const struct long_name *name);

/*
 * The names of one directory. Add all long names with name_table_add() first, then ask for the
 * aliases in the order of their bytes: then they are the same each time.
 */
struct name_table;
struct name_table *name_table_new(const struct codepage *cp); /* NULL: out of memory */
void name_table_free(struct name_table *t);
/* NAME_TAKEN: there is one that differs by case at most. */
enum name_added { NAME_ADDED, NAME_TAKEN, NAME_NO_MEMORY };
enum name_added name_table_add(struct name_table *t, const struct long_name *name);
bool name_table_has(const struct name_table *t, const struct long_name *name);
/* An alias that is known from elsewhere; NAME_TAKEN: another one's. */
enum name_added name_table_add_alias(struct name_table *t, const u8 alias[ALIAS_BYTES]);
bool name_table_has_alias(const struct name_table *t, const u8 alias[ALIAS_BYTES]);
/*
 * An alias that the name had before: added, unless it is another one's, or another one's long name
 * (NAME_TAKEN).
 */
enum name_added name_table_known_alias(struct name_table *t, const struct long_name *name,
                                       const u8 alias[ALIAS_BYTES], struct alias *out);
/* Choose an alias for this name and add it. false: out of memory, or all are taken. */
bool name_table_alias(struct name_table *t, const struct long_name *name, struct alias *out);
/* Candidates that were looked at so far (tests). */
u64 name_table_probes(const struct name_table *t);

#endif
