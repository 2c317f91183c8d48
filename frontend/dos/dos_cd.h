/*
 * dos_cd.h - a CD's image as `ferrite dos DISC [PROGRAM]` has it: which program is meant.
 */
#ifndef FERRITE_DOS_CD_H
#define FERRITE_DOS_CD_H

#include "frontend/dos/dos_alias.h"

#include <limits.h>

/*
 * The program that `word` names on the disc ("SETUP", "BIN/SETUP.EXE", any case, with .COM, .EXE,
 * .BAT added) as "\BIN\SETUP.EXE" to `out`, "" if it is not there. false + err: the image cannot be
 * opened, or has no files for DOS.
 */
bool dos_cd_find(const char *image, const char *word, char out[DOS_PATH], struct err *e);
/*
 * The cue sheet beside raw sectors, "GAME.cue" beside "GAME.bin", which knows of the audio tracks.
 * false: there is none.
 */
bool dos_cd_sheet(const char *image, char out[PATH_MAX]);

#endif
