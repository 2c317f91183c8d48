/*
 * profile_files.h - what was counted of a guest (hw/machine/vm_profile.h), as files for the tools
 * that people have: flame graphs, speedscope, coverage in disassemblers and in source.
 *
 * All of it is in the order in which the guest did things: the same run writes the same bytes.
 */
#ifndef FERRITE_PROFILE_FILES_H
#define FERRITE_PROFILE_FILES_H

#include "frontend/symbols/symbols.h"
#include "hw/machine/vm_profile.h"

#include <stdio.h>

enum { PROFILE_NAME = 300 };

/* One line for each chain of calls: "outer;inner COUNT" (flamegraph.pl, inferno and others). */
void profile_write_folded(const struct vm_profile *p, const struct symbols *s, FILE *out);
/* The file format of www.speedscope.app, a sampled profile of instructions. */
void profile_write_speedscope(const struct vm_profile *p, const struct symbols *s,
                              const char *title, FILE *out);

/*
 * Which blocks were executed: version 2 of DynamoRIO's drcov. Its modules are the files of symbols,
 * and behind them all of the guest's memory.
 */
void coverage_write_drcov(const struct vm_profile *p, const struct symbols *s, FILE *out);
/*
 * The DWARF lines of those files of symbols that have some. NULL + err: none has, or the library
 * that reads them is missing.
 */
struct source_lines;
struct source_lines *source_lines_read(const struct symbols *s, struct err *e);
void source_lines_free(struct source_lines *l);

/* How often each of these lines was executed: lcov's tracefile. false + err: no memory. */
bool coverage_write_lcov(const struct vm_profile *p, const struct symbols *s,
                         const struct source_lines *l, FILE *out, struct err *e);

#endif
