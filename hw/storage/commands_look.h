/* commands_look.h - the commands that drives were given, in words, and the registers that answer.
 */
#ifndef FERRITE_COMMANDS_LOOK_H
#define FERRITE_COMMANDS_LOOK_H

#include "hw/base/registers.h"

struct ata_unit;
struct fdc;

extern const struct register_field fdc_st0[5], fdc_st1[6], fdc_st2[6], ata_error[4];

/* A group of the last ones, the latest first. */
void fdc_look_commands(const struct fdc *f, const struct register_eye *eye);
void ata_look_commands(const struct ata_unit *u, const char *title, const struct register_eye *eye);

#endif
