/* The built-in demo disk: a 1.44 MB floppy image inside the executable. */
#ifndef FERRITE_IMAGES_DEMO_H
#define FERRITE_IMAGES_DEMO_H

#include <stddef.h>

extern const unsigned char demo_floppy[];
extern const size_t demo_floppy_size;

#endif
