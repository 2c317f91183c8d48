/*
 * fuzz_aliases.c - the file that says which aliases a folder's files had, of any content: what is
 * taken of it can be saved and is the same when it is read again.
 */
#include "hw/storage/folder/aliases.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/f"
static const char head[] = "ferrite aliases 1 cp=437 " FOLDER "\n";

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    const struct codepage *cp = codepage_find(437);
    char file[100];
    struct aliases *a = aliases_new(), *b = aliases_new();
    char *text = malloc(sizeof(head) + size);
    snprintf(file, sizeof(file), "/tmp/fuzz-aliases-%d", (int)getpid());
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + sizeof(head) - 1, data, size);
    if (!aliases_parse(a, (const char *)data, size, FOLDER, cp) ||
        !aliases_parse(a, text, sizeof(head) - 1 + size, FOLDER, cp))
        abort();
    if (aliases_save(a, file, FOLDER, cp) || aliases_load(b, file, FOLDER, cp) ||
        aliases_count(a) != aliases_count(b))
        abort();
    free(text);
    aliases_free(a);
    aliases_free(b);
    unlink(file);
    return 0;
}
