/*
 * fuzz_page.c - what pages send: messages as JSON of any content, the names in Host and Origin,
 * places of -http. A message that is taken is whole: its strings are there, its arguments an
 * object.
 *
 * Bytes from 80h on stand for words of the language, so that valid messages are frequent.
 */
#include "frontend/control/request_json.h"
#include "frontend/http/http.h"
#include "frontend/http/http_guard.h"
#include "frontend/page/page_message.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { FUZZ_MOST = 2000 };

static const char *const words[] = {
    "{\"id\":",
    ",\"execute\":\"",
    "\",\"arguments\":{",
    "}}",
    "\"}",
    "{\"seen\":",
    "hello",
    "\"token\":\"",
    "registers",
    "type",
    "x",
    "insert",
    "\"text\":\"",
    "\"address\":\"",
    "wait-any",
    "text",
    "or",
    "[[[[[[[[",
    "{\"a\":",
    "1",
    "-1",
    "0.5",
    "1e400",
    "null",
    "true",
    ",",
    "\\u0000",
    "\\ud800",
    "\"",
    "18446744073709551616",
    "localhost",
    "127.0.0.1",
    "[::1]",
    ":8080",
    "http://",
    "unix:",
};

static void message(struct json *j, const char *text, size_t len)
{
    struct page_message m;
    struct request r;
    struct err e;
    if (!page_message_read(&m, j, text, len, &e)) {
        if (!e.text[0])
            abort();
        page_message_free(&m, j);
        return;
    }
    if (m.kind == PAGE_COMMAND) {
        if (m.id < 0 || !m.execute || (m.arguments && json_kind(m.arguments) != JSON_OBJECT_VALUE))
            abort();
        if (command_find(m.execute, strlen(m.execute))) {
            bool ok = request_json(&r, j, m.execute, m.arguments, &e);
            if (!ok && !e.text[0])
                abort();
            request_free(&r);
        }
    }
    page_message_free(&m, j);
}

static void names(const char *text)
{
    struct link_where w;
    struct err e;
    char origin[FUZZ_MOST + 16];
    bool place = http_where(&w, text, &e);
    if (!place) {
        if (!e.text[0])
            abort();
        w = (struct link_where){.kind = LINK_TCP};
    }
    (void)http_host_ok(&w, text, "desk");
    snprintf(origin, sizeof(origin), "http://%s", text);
    if (*text && !http_origin_ok(origin, text))
        abort();
    /* A name that others can have is never ours. */
    snprintf(origin, sizeof(origin), "x%.500s.evil.example", text);
    w.host[0] = 0;
    if (http_host_ok(&w, origin, "desk"))
        abort();
    (void)http_path(text);
    (void)http_token_ok("0123456789abcdef0123456789abcdef", text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    char text[FUZZ_MOST + 1];
    size_t len = 0;
    struct err e;
    struct json *j = json_open(&e);
    for (size_t i = 0; i < size && len < FUZZ_MOST; i++) {
        const char *word = data[i] >= 0x80 ? words[(data[i] - 0x80u) % ARRAY_SIZE(words)] : NULL;
        size_t n = word ? strlen(word) : 1;
        if (n > FUZZ_MOST - len)
            break;
        memcpy(text + len, word ? word : (const char *)&data[i], n);
        len += n;
    }
    text[len] = 0;
    if (j)
        message(j, text, len);
    json_close(j);
    names(text);
    return 0;
}
