/*
 * opl_tables.h - what is in an OPL's ROMs (opl_tables.c).
 */
#ifndef FERRITE_OPL_TABLES_H
#define FERRITE_OPL_TABLES_H

#include "hw/base/types.h"

extern const u16 opl_log_sine[256];
extern const u16 opl_power[256];

#endif
