/*
 * own_config.h - CONFIG.SYS and AUTOEXEC.BAT of somebody's DOS: what of them is kept when it starts
 * one program.
 */
#ifndef FERRITE_DOS_OWN_CONFIG_H
#define FERRITE_DOS_OWN_CONFIG_H

#include "hw/base/types.h"

/*
 * The lines of `old` but SHELL= and what we set ourselves, then ours: LASTDRIVE, FILES if there was
 * none or fewer, and SHELL=`letter`:\FERRITE.COM RUN. A file with a menu is left out as a whole: it
 * would wait for somebody to choose (*menu says so). The length; 0: no room.
 */
size_t own_config(const char *old, size_t n, char letter, char *out, size_t size, bool *menu);
/*
 * The next "SET NAME=VALUE" or "PATH ..." line of AUTOEXEC.BAT at *at as "NAME=VALUE"; false: no
 * more.
 */
bool own_variable(const char *text, size_t n, size_t *at, char *out, size_t size);

#endif
