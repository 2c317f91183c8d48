/*
 * The built-in tools floppy (tools/README.md), and FERRITE.COM by itself, for who makes a boot disk
 * with it.
 */
#ifndef FERRITE_IMAGES_TOOLS_H
#define FERRITE_IMAGES_TOOLS_H

#include <stddef.h>

extern const unsigned char tools_floppy[];
extern const size_t tools_floppy_size;

extern const unsigned char ferrite_com[];
extern const size_t ferrite_com_size;

#endif
