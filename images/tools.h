/*
 * The built-in tools floppy (tools/README.md), and FERRITE.COM and the memory drivers by
 * themselves, for who makes a boot disk with them.
 */
#ifndef FERRITE_IMAGES_TOOLS_H
#define FERRITE_IMAGES_TOOLS_H

#include <stddef.h>

extern const unsigned char tools_floppy[];
extern const size_t tools_floppy_size;

extern const unsigned char ferrite_com[];
extern const size_t ferrite_com_size;

extern const unsigned char ferrxms_sys[], ferrems_sys[];
extern const size_t ferrxms_sys_size, ferrems_sys_size;

#endif
