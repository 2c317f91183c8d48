/*
 * named_file.h - `ferrite FILE`: a file or folder alone, in the place of an option. What is in it
 * says what it is for: a DOS program, a batch file, a folder and a zip are for `ferrite dos`, an
 * image for the drive that takes such.
 */
#ifndef FERRITE_NAMED_FILE_H
#define FERRITE_NAMED_FILE_H

#include "hw/base/err.h"

/*
 * The word that belongs before the path: "dos" or "run", a sub-command, or an option: "-fda",
 * "-hda", "-cdrom". NULL: there is no such file (err is empty then), or nothing can be done with it
 * (err says what it is).
 */
const char *named_file_word(const char *path, struct err *e);

#endif
