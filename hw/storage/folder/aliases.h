/*
 * aliases.h - which alias each file of a folder had, from one start of a machine to the next.
 *
 * Programs keep aliases in their settings, so a file's must not depend on which other files there
 * are by now. What the rules in names.h give to a name that is alone is not kept: only where a
 * number was needed, or a guest chose another one. A file is known by its path, since whoever saves
 * a file by renaming a new one into its place gives it another inode.
 *
 * The file is text: a first line with the code page and the folder, then a line for each name, 22
 * hexadecimal digits of the alias, a space, and the path; bytes below 20h and the backslash in it
 * are \xx. A line that makes no sense counts for nothing.
 */
#ifndef FERRITE_ALIASES_H
#define FERRITE_ALIASES_H

#include "hw/storage/folder/names.h"

struct aliases;

struct aliases *aliases_new(void); /* NULL: out of memory */
void aliases_free(struct aliases *a);
/* `path` is below the folder. false: out of memory. */
bool aliases_add(struct aliases *a, const char *path, const u8 alias[ALIAS_BYTES]);
/* NULL: none is known. */
const u8 *aliases_find(struct aliases *a, const char *path);
size_t aliases_count(const struct aliases *a);

/* Is this what the name alone says, so that it will be the same each time? */
bool alias_is_plain(const struct codepage *cp, const struct long_name *name,
                    const u8 alias[ALIAS_BYTES]);

/* Text of another folder or code page, or none at all, adds nothing. false: out of memory. */
bool aliases_parse(struct aliases *a, const char *text, size_t size, const char *folder,
                   const struct codepage *cp);
/* 0 or an errno value; what is not there is empty. Files of any size are read up to 64 MiB. */
int aliases_load(struct aliases *a, const char *file, const char *folder,
                 const struct codepage *cp);
/* Whole or not at all, with the folders above it; a file for no names is removed. */
int aliases_save(struct aliases *a, const char *file, const char *folder,
                 const struct codepage *cp);

#endif
