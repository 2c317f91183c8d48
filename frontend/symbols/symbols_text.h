/* symbols_text.h - between symbols.c and symbols_text.c. */
#ifndef FERRITE_SYMBOLS_TEXT_H
#define FERRITE_SYMBOLS_TEXT_H

#include "frontend/symbols/symbols.h"

enum { SYMBOL_NAME = 255 }; /* longer ones are cut */

/* One more; false: there are too many, or no memory. */
bool symbols_add(struct symbols *s, const char *name, size_t len, u32 lin, u32 size);
/* Lines that say an address and a name. false + err: no line does. */
bool symbols_read_text(struct symbols *s, const char *text, size_t size, u32 base, struct err *e);

#endif
