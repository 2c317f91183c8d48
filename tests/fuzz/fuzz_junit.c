/*
 * fuzz_junit.c - reports of a suite that are put together (frontend/suite/merge.h): whatever they
 * hold, they are refused with a reason, or give one report that is taken again as it is.
 *
 * The input is text, in which bytes from 80h on stand for pieces of a report.
 */
#include "frontend/suite/merge.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const pieces[] = {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
    "  <testsuite name=\"ferrite\" tests=\"1\">\n",
    "    <testcase classname=\"a\" name=\"b\" time=\"1.5\">\n",
    "    <testcase classname=\"a\" name=\"c\" time=\"1e999\">\n",
    "    <testcase ",
    " time=\"",
    "      <failure message=\"x\">x</failure>\n",
    "      <skipped message=\"x\">x</skipped>\n",
    "      <error ",
    "    </testcase>\n",
    "  </testsuite>\n</testsuites>\n",
    "\n",
};

static bool add(struct merging *m, const char *name, const char *text, size_t size)
{
    struct err e = {""};
    bool ok = merging_add(m, name, text, size, &e);
    if (!ok && !*e.text)
        abort(); /* no reason given */
    return ok;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    struct merging *m = merging_new();
    char *text = malloc(size * 64 + 1);
    bool ok = m && text;
    while (ok && choices_left(&c)) {
        char *to = text;
        u8 byte;
        while (choices_left(&c) && (byte = choose8(&c)) != 0xff) {
            if (byte < 0x80)
                *to++ = (char)byte;
            else
                to = stpcpy(to, pieces[(byte & 0x7fu) % ARRAY_SIZE(pieces)]);
        }
        ok = add(m, "part.xml", text, (size_t)(to - text));
    }
    struct merged sum, again;
    struct err e = {""};
    size_t len, second_len;
    char *whole = ok ? merging_text(m, &sum, &len, &e) : NULL;
    struct merging *second = whole ? merging_new() : NULL;
    if (second) {
        if (!add(second, "all.xml", whole, len))
            abort();
        char *same = merging_text(second, &again, &second_len, &e);
        if (!same || second_len != len || memcmp(same, whole, len) != 0)
            abort();
        free(same);
    }
    merging_free(second);
    free(whole);
    free(text);
    merging_free(m);
    return 0;
}
