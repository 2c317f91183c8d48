/*
 * fuzz_trace_words.c - words of -d about instructions, of any content: understood, with ranges that
 * are none the wrong way round and something between start and stop, or refused with one line.
 *
 * Bytes from 80h on stand for words that there are.
 */
#include "frontend/profile/trace_spec.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const pieces[] = {
    "format=", "range=", "mode=", "cpl=", "start=", "stop=", "from=", "to=", ",",
    "0x7c00",  "-",      ":",     "f000", "boot",   "real",  "qemu",  "1",   "="};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char map[] = "0000:7c00 boot\n0000:7c20 a-b\n0000:7c30 bochs\n";
    char text[2000] = "";
    size_t n = 0;
    struct vm_exec_trace t;
    struct err e = {{0}};
    struct symbols *s = symbols_new();
    if (!s || !symbols_read(s, "map", (const u8 *)map, sizeof(map) - 1, 0, &e))
        abort();
    for (size_t i = 0; i < size && n + 20 < sizeof(text); i++) {
        if (data[i] >= 0x80)
            n += (size_t)snprintf(text + n, 20, "%s", pieces[data[i] % ARRAY_SIZE(pieces)]);
        else if (data[i] >= ' ')
            text[n++] = (char)data[i];
    }
    text[n] = 0;
    if (trace_spec_parse(&t, text, size & 1 ? s : NULL, &e)) {
        if (t.start >= t.stop || t.ranges > VM_TRACE_RANGES)
            abort();
        for (unsigned i = 0; i < t.ranges; i++)
            if (t.range[i].first > t.range[i].last)
                abort();
    } else if (strncmp(e.text, "-d ", 3) != 0 || strchr(e.text, '\n')) {
        abort();
    }
    symbols_free(s);
    return 0;
}
