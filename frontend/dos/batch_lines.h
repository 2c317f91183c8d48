/*
 * batch_lines.h - a batch file that was written with an editor of this computer: its lines end with
 * LF alone, and the shells of DOS, which count two bytes for each end, find the next line at the
 * wrong place.
 */
#ifndef FERRITE_DOS_BATCH_LINES_H
#define FERRITE_DOS_BATCH_LINES_H

#include "hw/base/types.h"

#include <stddef.h>

/*
 * The file's text with CR LF at each line's end, for the caller to free; NULL: all of them are so
 * already, or the file cannot be read, or is no batch file by its size (1 MB).
 */
u8 *batch_lines_of_dos(const char *path, size_t *size);

#endif
