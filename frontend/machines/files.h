/*
 * files.h - what is done to whole files and folders of machines. Symbolic links are never followed
 * out of a folder; files keep their holes.
 */
#ifndef FERRITE_FILES_H
#define FERRITE_FILES_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stdio.h>

bool files_make_folder(const char *path, struct err *e); /* and those above it */
/* A new file of that size without anything in it; never over another. */
bool files_make_empty(const char *path, u64 bytes, struct err *e);
/*
 * Shared with the original where the host's file system can; durable. Never over another. Who wants
 * the process to end (interrupted.h) ends it, and nothing half is left.
 */
bool files_copy(const char *from, const char *to, struct err *e);
/* A folder with all that is in it, but for the names in `but`, which ends with NULL (or NULL). */
bool files_copy_tree(const char *from, const char *to, const char *const *but, struct err *e);
bool files_remove_tree(const char *path, struct err *e);
/* What it takes of the host's disk, with all that is in it; what cannot be read counts nothing. */
u64 files_room(const char *path);

/* Called with each regular file beneath a folder, by name; `name` starts there. false: stop. */
typedef bool files_visitor(void *opaque, const char *path, const char *name, struct err *e);
/* Anything that is neither a file nor a folder is an error. */
bool files_walk(const char *folder, files_visitor *visit, void *opaque, struct err *e);

/* "512M", "2G", "1.5G", "700K", a number of bytes; 0 < bytes <= 2T. */
bool files_parse_size(const char *text, u64 *bytes, struct err *e);
/* "1.5 GB"; text has room for 20 characters. */
const char *files_size_text(u64 bytes, char *text);

#endif
