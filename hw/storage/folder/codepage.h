/*
 * codepage.h - the character sets of DOS, as far as names on a disk need them.
 */
#ifndef FERRITE_CODEPAGE_H
#define FERRITE_CODEPAGE_H

#include "hw/base/types.h"

struct codepage;

/* 437, 850, 852, 866 or 1252; NULL: none of these. */
const struct codepage *codepage_find(unsigned number);
unsigned codepage_number(const struct codepage *cp);
/*
 * What DOS uses where this locale's language is spoken ("de_DE.UTF-8": 850); 437 for English, for
 * what is not known, and for NULL.
 */
unsigned codepage_of_locale(const char *locale);

u16 codepage_to_unicode(const struct codepage *cp, u8 byte); /* 0: no character */
u8 codepage_from_unicode(const struct codepage *cp, u16 c);  /* 0: not in this page */
u8 codepage_upper(const struct codepage *cp, u8 byte);       /* itself, if it has no capital */

/* Simple upper case of one UTF-16 unit; itself where there is none. */
u16 unicode_upper(u16 c);

#endif
