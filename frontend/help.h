/*
 * help.h - `ferrite help`: what is in the tables, as text.
 */
#ifndef FERRITE_HELP_H
#define FERRITE_HELP_H

#include <stdio.h>

int help_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
