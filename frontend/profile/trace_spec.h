/*
 * trace_spec.h - the words of -d that say which instructions are shown, and how.
 */
#ifndef FERRITE_TRACE_SPEC_H
#define FERRITE_TRACE_SPEC_H

#include "frontend/symbols/symbols.h"
#include "hw/machine/vm_exec_trace.h"

#include <stdio.h>

/* "KEY=VALUE,KEY=VALUE"; `symbols` may be NULL. false + err: what is wrong, what is wanted. */
bool trace_spec_parse(struct vm_exec_trace *t, const char *words, const struct symbols *symbols,
                      struct err *e);
/* The keys, a line each, for -d help. */
void trace_spec_help(FILE *out);

#endif
