/*
 * batch_lines.c - see batch_lines.h.
 */
#include "frontend/dos/batch_lines.h"

#include "frontend/dos/classify.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_MOST = 1 << 20 };

u8 *batch_lines_of_dos(const char *path, size_t *size)
{
    FILE *in = fopen(path, "re");
    u8 *text = in ? malloc(BATCH_MOST + 1) : NULL;
    size_t n = text ? fread(text, 1, BATCH_MOST + 1, in) : 0;
    bool convert = text && !ferror(in) && n <= BATCH_MOST && classify_unix_lines(text, n);
    u8 *out = convert ? malloc(2 * n) : NULL;
    *size = 0;
    for (size_t i = 0; out && i < n; i++) {
        if (text[i] == '\n' && (!i || text[i - 1] != '\r'))
            out[(*size)++] = '\r';
        out[(*size)++] = text[i];
    }
    if (in)
        fclose(in);
    free(text);
    return out;
}
