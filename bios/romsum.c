/*
 * romsum: make the bytes of a ROM image add up to zero.
 *
 * Build tool, run on the host: reads IN, checks its size, sets the last byte so
 * that the sum of all bytes is 0 modulo 256, writes OUT. The last byte must be
 * the assembler's placeholder 0.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *name, const char *why)
{
    fprintf(stderr, "romsum: %s: %s\n", name, why);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: romsum IN OUT SIZE\n");
        return 1;
    }
    size_t size = strtoul(argv[3], NULL, 0);
    if (size < 2)
        return fail(argv[3], "not a size");
    unsigned char *rom = malloc(size + 1);
    if (!rom)
        return fail(argv[1], "out of memory");

    FILE *f = fopen(argv[1], "rb");
    if (!f)
        return fail(argv[1], strerror(errno));
    size_t got = fread(rom, 1, size + 1, f);
    fclose(f);
    if (got != size)
        return fail(argv[1], "has not the expected size");
    if (rom[size - 1] != 0)
        return fail(argv[1], "its last byte is in use, no room for the checksum");

    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += rom[i];
    rom[size - 1] = (unsigned char)-sum;

    f = fopen(argv[2], "wb");
    if (!f)
        return fail(argv[2], strerror(errno));
    if (fwrite(rom, 1, size, f) != size || fclose(f) != 0)
        return fail(argv[2], "cannot be written");
    free(rom);
    return 0;
}
