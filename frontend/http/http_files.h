/*
 * http_files.h - the files of the page (frontend/page/site), in the program; made at build time
 * from what is in that folder.
 */
#ifndef FERRITE_HTTP_FILES_H
#define FERRITE_HTTP_FILES_H

#include "hw/base/types.h"

#include <stddef.h>

/* Names as they stand in an address, "js/main.js"; path NULL: no more. */
struct http_site_file {
    const char *path, *type;
    const u8 *bytes;
    size_t size;
};

extern const struct http_site_file http_site_files[];

#endif
