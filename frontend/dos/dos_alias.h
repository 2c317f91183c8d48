/*
 * dos_alias.h - from names and texts of the host to what DOS sees of them.
 */
#ifndef FERRITE_DOS_ALIAS_H
#define FERRITE_DOS_ALIAS_H

#include "hw/base/err.h"
#include "hw/storage/folder/names.h"

enum { DOS_NAME = 13, DOS_PATH = 128, DOS_CODEPAGE = 437 };

/* "HELLO   COM" as "HELLO.COM". */
void dos_alias_text(const u8 alias[ALIAS_BYTES], char out[DOS_NAME]);
/*
 * "long name.exe" in `folder` as the guest's drive calls it: "LONGNA~1.EXE", by the rule of
 * hw/storage/folder/names.h. In the code page. false: the folder cannot be read, or has no such
 * name.
 */
bool dos_alias(const char *folder, const char *name, char out[DOS_NAME]);
/*
 * A path below `folder`, with slashes, as "\SUB\NAME.EXT"; "" (the folder itself) is "\". false: as
 * above, or longer than DOS' paths.
 */
bool dos_path(const char *folder, const char *below, char out[DOS_PATH]);
/*
 * A text in UTF-8 in the guest's code page; at most `size` bytes with its zero. false + err: the
 * code page lacks a character (`what` is said with it), or there is no room.
 */
bool dos_text(const char *text, const char *what, char *out, size_t size, struct err *e);

#endif
