/* assemble.h - the assembler, as lessons use it. */
#ifndef FERRITE_LESSONS_ASSEMBLE_H
#define FERRITE_LESSONS_ASSEMBLE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* A program's bytes, free() them. false + err without the line, which is *line (0: none). */
bool lesson_assemble(const char *text, u8 **bytes, size_t *len, unsigned *line, struct err *e);

#endif
