/*
 * opl_log.h - what is written to an OPL, as a VGM file (version 1.51, "VGM Specification"), which
 * players of register logs take: adplay, VGMPlay, foobar.
 */
#ifndef FERRITE_OPL_LOG_H
#define FERRITE_OPL_LOG_H

#include "hw/base/err.h"

struct opl_log;

/* What the header says is there. */
enum opl_log_chips { LOG_OPL2, LOG_OPL2_PAIR, LOG_OPL3 };

/* NULL + err when the file cannot be written. */
struct opl_log *opl_log_open(const char *path, enum opl_log_chips chips, struct err *e);
/*
 * A write at a guest time (ns); time begins with the first one. `chip`: 1 for the second of a pair.
 * false, once: the file took no more.
 */
bool opl_log_write(struct opl_log *l, u64 now, unsigned chip, u16 reg, u8 value);
/* Writes what is missing and closes; false: the file took less. NULL is fine. */
bool opl_log_close(struct opl_log *l);

#endif
