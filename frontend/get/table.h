/*
 * table.h - what `ferrite get` can fetch: free software that guests are made of, each file with the
 * sum that it must have.
 */
#ifndef FERRITE_GET_TABLE_H
#define FERRITE_GET_TABLE_H

#include "hw/base/types.h"

enum { GET_URLS = 4, GET_CHOICES = 3 };

/* One file that will do; the addresses are tried in this order. */
struct get_file {
    const char *name;
    const char *url[GET_URLS];
    const char *sha256;
    u32 bytes;          /* about, for words */
    const char *member; /* of a zip: the one that is kept; NULL: the file itself */
};

struct get_package {
    const char *name;    /* as it is asked for, and its folder's name */
    const char *summary; /* a line */
    const char *licence; /* lines */
    /* The licence's whole text, kept beside as COPYING: from this host, else from an address. */
    const char *licence_here;
    struct get_file licence_text;
    const char *keeps; /* the file's name in its folder */
    struct get_file choice[GET_CHOICES];
};

extern const struct get_package get_packages[];
extern const size_t get_packages_count;

#endif
