/*
 * clean.h - text from elsewhere (a guest, a file and its name, the network) for a terminal, where
 * it must not do anything: control characters (ECMA-48 5.2, 5.3: C0, DEL, C1) and what is no UTF-8
 * (RFC 3629) are shown as U+FFFD, tabs stay. Where lines are kept, '\n' stays as well, and '\r' in
 * front of it is left out.
 */
#ifndef FERRITE_CLEAN_H
#define FERRITE_CLEAN_H

#include "hw/base/types.h"

#include <stdarg.h>
#include <stdio.h>

/* The length of the character of UTF-8 at p, of at most `len` bytes (1 or more); 0: it is none. */
size_t clean_character(const u8 *p, size_t len);

void clean_line(const char *text, FILE *out);              /* on one line: '\n' is shown, too */
void clean_lines(const char *text, size_t len, FILE *out); /* lines are kept */
/* As fprintf(), with lines kept; without memory nothing is written. */
void clean_printf(FILE *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void clean_vprintf(FILE *out, const char *fmt, va_list args);
/* With lines kept, into `to` of `room` bytes, with its zero; what has no room is left out. */
void clean_copy(char *to, size_t room, const char *text);

#endif
