/*
 * docs_main.c - ferrite-docs DIRECTORY: writes the manual pages and completions there, at build
 * time. It is no part of what is installed.
 */
#include "frontend/cli/options.h"
#include "frontend/docs/docs.h"
#include "frontend/subcommands.h"

#include <stdlib.h>
#include <string.h>

static FILE *create(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void finish(FILE *f)
{
    bool written = !ferror(f);
    written &= fclose(f) == 0;
    if (!written) {
        perror("ferrite-docs");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("ferrite-docs DIRECTORY\n", stderr);
        return 2;
    }
    const struct docs d = {&options_table, subcommands, subcommands_count, FERRITE_VERSION};
    FILE *f = create(argv[1], "ferrite.1");
    docs_man(&d, f);
    finish(f);
    for (size_t i = 0; i < subcommands_count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "ferrite-%s.1", subcommands[i].name);
        if (strcmp(subcommands[i].name, "help") == 0)
            continue;
        f = create(argv[1], name);
        docs_man_subcommand(&d, &subcommands[i], f);
        finish(f);
    }
    static const struct {
        const char *name;
        void (*write)(const struct docs *d, FILE *out);
    } shells[] = {{"ferrite.bash", docs_bash}, {"_ferrite", docs_zsh}, {"ferrite.fish", docs_fish}};
    for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
        f = create(argv[1], shells[i].name);
        shells[i].write(&d, f);
        finish(f);
    }
    return 0;
}
