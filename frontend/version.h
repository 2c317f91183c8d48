/*
 * version.h - what `ferrite -version` says.
 */
#ifndef FERRITE_VERSION_H
#define FERRITE_VERSION_H

#include <stdio.h>

/* Five lines: version, commit, build, engine, features. The first is "ferrite N.N.N" alone. */
void version_print(FILE *out);

#endif
