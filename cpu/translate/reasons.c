/*
 * reasons.c - why machine code is left, in a word; on every host, for whoever prints statistics.
 */
#include "cpu/translate/jit.h"

const char *jit_reason_name(enum leave_reason r)
{
    static const char *const names[LEAVE_REASONS] = {
        "memory", "division", "untranslated", "x87 or SSE", "link", "indirect", "budget"};
    return names[r];
}
