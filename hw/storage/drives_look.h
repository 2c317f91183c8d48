/* drives_look.h - registers of the floppy controller and of IDE, for who looks. */
#ifndef FERRITE_DRIVES_LOOK_H
#define FERRITE_DRIVES_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn fdc_look, ide_look, piix3_ide_look;
/* "READ SECTORS", "SEEK"; NULL: a byte that is no command. */
const char *ata_command_name(u8 command);
const char *fdc_command_name(u8 command);

#endif
