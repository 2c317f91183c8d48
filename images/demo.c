/* The demo disk in the executable. */
#include "images/demo.h"
#include "hw/base/embed.h"

EMBED(demo_floppy, DEMO_IMAGE);
