/*
 * value.c - what can be completed after an option. See docs.h.
 */
#include "frontend/docs/docs.h"

#include <string.h>

enum docs_value docs_value(const struct option *row)
{
    if (!row->argument)
        return DOCS_NONE;
    if (row->words)
        return DOCS_WORDS;
    if (strncmp(row->argument, "FILE", 4) == 0)
        return DOCS_FILE;
    if (strncmp(row->argument, "DIR", 3) == 0)
        return DOCS_DIRECTORY;
    return DOCS_OTHER;
}
