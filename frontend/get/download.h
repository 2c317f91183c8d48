/*
 * download.h - one file from an address, by the curl or wget that the host has.
 */
#ifndef FERRITE_GET_DOWNLOAD_H
#define FERRITE_GET_DOWNLOAD_H

#include "hw/base/err.h"

enum download {
    DOWNLOAD_DONE,
    DOWNLOAD_FAILED,  /* this address: try another one */
    DOWNLOAD_NO_TOOL, /* neither curl nor wget is there; err says so */
    DOWNLOAD_STOPPED, /* by the user: what has come is kept */
};

/*
 * Into `path`, going on where an earlier attempt has ended. Progress is shown on standard error if
 * that is a terminal. The address is http, https, ftp or file, and reaches the tool as one argument
 * that cannot be an option.
 */
enum download download(const char *url, const char *path, struct err *e);

#endif
