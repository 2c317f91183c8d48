/*
 * own_paths.h - paths in a machine.ini that lead into the machine's own folder. They go with it:
 * otherwise a copy would write into the disks of the machine that it was made of, and one that was
 * renamed would not find its own.
 */
#ifndef FERRITE_OWN_PATHS_H
#define FERRITE_OWN_PATHS_H

#include "frontend/machines/config.h"

/*
 * Files and folders below `folder`, where the machine is or was, become relative to it. *changed
 * (may be NULL): there was one. Nothing is written yet. false + err: out of memory.
 */
bool own_paths_relative(struct config *s, const char *folder, bool *changed, struct err *e);
/*
 * What else names a file there ("file:/home/me/Old/out.txt" of a port: relative ones of those begin
 * where Ferrite is started), leads from folder `from` into folder `to`.
 */
bool own_paths_move(struct config *s, const char *from, const char *to, struct err *e);

/*
 * A medium as a snapshot notes it: relative to the machine's folder when it lies there, else
 * absolute; and back. The caller frees it; NULL: no memory.
 */
char *own_path_noted(const char *folder, const char *path);
char *own_path_meant(const char *folder, const char *noted);
/* So are the media in all snapshots in `folder`; they have been below `old`. */
bool own_paths_of_snapshots(const char *folder, const char *old, struct err *e);

#endif
