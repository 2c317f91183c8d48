/*
 * fuzz_lesson.c - lessons that somebody else has written: read, or refused with a sentence that
 * names the file; what was read is asked for its parts, and its words are filled in.
 *
 * Bytes from 80h on stand for words that a lesson has. The first byte says whether all of it is
 * the input's, or only the check of a lesson that is right otherwise; or whether it is one of those
 * that are built in, with other words in some places.
 */
#include "frontend/lessons/answer.h"
#include "frontend/lessons/lesson.h"
#include "frontend/lessons/library.h"
#include "frontend/lessons/words.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "# Title\n\nSummary.\n\n",
    "```check\n",
    "```\n",
    "```",
    "```task source\n",
    "```task value\n```\n",
    "```solution\nhlt\n```\n",
    "```wrong \"no\"\n1\n```\n",
    "```wrong",
    "```machine\nmemory 4\n",
    "```program\n; ANSWER\n```\n",
    "```frame\n{N}\n```\n",
    "```do\nwhere\n```\n",
    "```show view\n{}\n```\n",
    "```hint\n",
    "given N from 1 to 9\n",
    "given B bytes 64\n",
    "given W of a b  c\n",
    "given ",
    "variants 3\n",
    "at halt within 100\n",
    "at break 0x7c00 within 9 times 2 else \"{N}\"\n",
    "at ",
    "never break vector 10 else \"{elapsed:x}\"\n",
    "count C break 0x7c00 if eax == 1\n",
    "keep K {seen.a.b} + {N}\n",
    "expect {K} == byte[{N}] else \"{{K} + 1:x} {answer}\"\n",
    "expect text \"{W}\\n\" else \"x\"\n",
    "expect answer is a|b else \"{seen}\"\n",
    "expect ",
    "see info pic values\n",
    "do type \"{W}\"\n",
    "do answer\n",
    "do quit\n",
    "do insert fda /etc/passwd\n",
    "run 5\n",
    " else \"",
    "\"\n",
    " within ",
    " times ",
    "{",
    "}",
    ":x}",
    "{seen",
    "stop 0x7c00\n",
    "memory ",
    "\r\n",
    "\n",
};

static void put(const u8 *data, size_t size, FILE *out)
{
    for (size_t i = 0; i < size && ftell(out) < 60000; i++) {
        if (data[i] < 0x80)
            putc(data[i], out);
        else
            fputs(words[(data[i] - 0x80u) % ARRAY_SIZE(words)], out);
    }
}

/* Two bytes say where, one how much of it goes, one what comes instead. */
static char *altered(const u8 *data, size_t size, size_t *length)
{
    const struct library_file *f = &library_files[data[1] % library_files_count];
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    size_t at = 0;
    if (!out)
        abort();
    for (size_t i = 2; i + 4 <= size; i += 4) {
        size_t place = at + (data[i] | (size_t)data[i + 1] << 8) % (f->size / 4 + 1);
        place = place < f->size ? place : f->size;
        fwrite(f->text + at, 1, place - at, out);
        put(&data[i + 3], data[i + 2] & 1, out);
        at = place + (data[i + 2] >> 1);
        at = at < f->size ? at : f->size;
    }
    fwrite(f->text + at, 1, f->size - at, out);
    if (fclose(out) != 0)
        abort();
    return text;
}

static char *spelled(const u8 *data, size_t size, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        abort();
    bool whole = !size || (data[0] & 1);
    if (!whole)
        fputs("# Title\n\nSummary.\n\n```task source\n```\n```solution\nhlt\n```\n"
              "```wrong \"a\"\n```\n```wrong \"b\"\n```\n```check\n",
              out);
    if (size)
        put(data + 1, size - 1, out);
    if (!whole)
        fputs("\n```\n", out);
    if (fclose(out) != 0)
        abort();
    return text;
}

static void ask(const struct lesson *l)
{
    struct reply nothing;
    reply_init(&nothing);
    struct words_values v = {.lesson = l, .seed = 7, .answer = "1", .seen = &nothing};
    struct err e;
    if (!*l->title || !*l->summary || !l->steps || !lesson_block(l, LESSON_CHECK, NULL))
        abort();
    for (unsigned i = 0; i < l->blocks; i++) {
        char *filled = words_fill_given(&v, l->block[i].text, &e);
        if (!filled)
            abort();
        u64 value;
        (void)answer_value(filled, &value, &e);
        free(filled);
    }
    for (unsigned i = 0; i < l->steps; i++) {
        const struct lesson_step *s = &l->step[i];
        char *said = s->words ? words_fill(&v, s->words, &e) : NULL;
        free(said);
    }
    reply_free(&nothing);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct err e = {{0}};
    size_t len;
    bool known = size > 2 && (data[0] & 3) == 2;
    char *text = known ? altered(data, size, &len) : spelled(data, size, &len);
    struct lesson *l = lesson_parse("fuzz/01-lesson.md", text, len, &e);
    if (l)
        ask(l);
    else if (!strstr(e.text, "01-lesson.md"))
        abort();
    lesson_free(l);
    free(text);
    return 0;
}
