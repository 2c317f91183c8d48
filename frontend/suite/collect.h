/*
 * collect.h - which tests there are: scripts and folders named by the user, a test for each variant
 * of each script, then filtered, cut into shards and put into order.
 */
#ifndef FERRITE_SUITE_COLLECT_H
#define FERRITE_SUITE_COLLECT_H

#include "frontend/suite/test_file.h"

struct test {
    const struct test_file *file;
    char *name;    /* the script's path below what the user named, without .script; ":VARIANT" */
    char *variant; /* "": none */
    char *from;    /* absolute path of the script it begins with, or NULL */
    u32 place;     /* in which shard: the rest by their number */
};

struct tests {
    struct test_file **file;
    size_t files;
    struct test *test;
    size_t count;
};

struct selection {
    const char *variant;    /* only tests of that variant; NULL: all */
    const char *filter;     /* a part of the name, or a pattern with * and ?; NULL: all */
    unsigned shard, shards; /* 1 .. shards; shards 0: all */
    bool shuffle;
    u64 seed;
};

/*
 * Scripts are taken as they are named; of folders all *.script in and below them, by name, but for
 * those that others begin `from`. A script with a wrong head is an error.
 */
bool tests_collect(struct tests *t, char **path, size_t count, struct err *e);
/*
 * Tests that begin from one boot stay together in a shard, so that each boots it once; of more than
 * 64, about so many do. Which test is in which shard depends on names only.
 */
void tests_select(struct tests *t, const struct selection *s);
void tests_free(struct tests *t);

#endif
