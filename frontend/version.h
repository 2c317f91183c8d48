/*
 * version.h - what `ferrite -version` says.
 */
#ifndef FERRITE_VERSION_H
#define FERRITE_VERSION_H

#include <stdio.h>

/* "0.1.0, commit 0123456789ab" */
const char *version_words(void);
/* Five lines: version, commit, build, engine, features. The first is "ferrite N.N.N" alone. */
void version_print(FILE *out);

#endif
