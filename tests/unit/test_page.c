/*
 * test_page.c - what page and machine say to each other: messages, pictures, and who may come in.
 * The server itself: tests/page/.
 */
#include "frontend/http/http.h"
#include "frontend/http/http_guard.h"
#include "frontend/page/page_answer.h"
#include "frontend/page/page_event.h"
#include "frontend/page/page_message.h"
#include "frontend/page/page_picture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- who may come in ---- */

START_TEST(places)
{
    static const struct {
        const char *text, *host, *port;
    } good[] = {{"8080", "", "8080"},
                {":8080", "", "8080"},
                {"0.0.0.0:1", "0.0.0.0", "1"},
                {"[::1]:65535", "::1", "65535"},
                {"pc.example:0", "pc.example", "0"}};
    static const char *const bad[] = {
        "",      "x",   "65536", "-1",     "1:2:3", "::1:80", "host:",
        "unix:", "80 ", "+80",   "host:x", "[::1]", "0x50",   "999999999999999999"};
    struct link_where w;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(http_where(&w, good[i].text, &e), "%s: %s", good[i].text, e.text);
        ck_assert_int_eq(w.kind, LINK_TCP);
        ck_assert_str_eq(w.host, good[i].host);
        ck_assert_str_eq(w.port, good[i].port);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!http_where_ok(bad[i], &e), "%s", bad[i]);
        ck_assert(strstr(e.text, "-http"));
    }
    ck_assert(http_where(&w, "unix:/run/x,y", &e));
    ck_assert_str_eq(w.path, "/run/x,y");
}
END_TEST

START_TEST(hosts)
{
    static const char *const ours[] = {"127.0.0.1:8080", "localhost",      "LOCALHOST:1",
                                       "[::1]:8080",     "192.168.1.7:80", "pc.example:8080",
                                       "desk:8080",      "[fe80::1]"};
    static const char *const others[] = {"",
                                         "evil.example:8080",
                                         "localhost.evil.example",
                                         "127.0.0.1.evil.example",
                                         "127.0.0.1x",
                                         "[::1",
                                         "[::1]x",
                                         "desk:80x",
                                         ":8080",
                                         "127.0.0.1:99999",
                                         "[localhost.evil]:1",
                                         "pc.example."};
    struct link_where w;
    struct err e;
    ck_assert(http_where(&w, "pc.example:8080", &e));
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        ck_assert_msg(http_host_ok(&w, ours[i], "desk"), "%s", ours[i]);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        ck_assert_msg(!http_host_ok(&w, others[i], "desk"), "%s", others[i]);
    ck_assert(!http_host_ok(&w, "desk:8080", NULL));
    ck_assert(!http_host_ok(&w, ":1", ""));

    ck_assert(http_origin_ok("http://localhost:8080", "localhost:8080"));
    ck_assert(http_origin_ok("https://localhost:8080", "localhost:8080"));
    ck_assert(!http_origin_ok("http://localhost:8081", "localhost:8080"));
    ck_assert(!http_origin_ok("http://localhost:8080.evil.example", "localhost:8080"));
    ck_assert(!http_origin_ok("null", "localhost:8080"));
    ck_assert(!http_origin_ok("", "localhost:8080"));
    ck_assert(!http_origin_ok("http://", ""));
    ck_assert(!http_origin_ok("ftp://localhost:8080", "localhost:8080"));
}
END_TEST

START_TEST(tokens)
{
    const char *token = "0123456789abcdef0123456789abcdef";
    ck_assert(http_token_ok(token, token));
    ck_assert(!http_token_ok(token, "0123456789abcdef0123456789abcdee"));
    ck_assert(!http_token_ok(token, "1123456789abcdef0123456789abcdef"));
    ck_assert(!http_token_ok(token, "0123456789abcdef0123456789abcdef0"));
    ck_assert(!http_token_ok(token, "0123456789abcdef"));
    ck_assert(!http_token_ok(token, ""));
    ck_assert(!http_token_ok("", ""));
    ck_assert_str_eq(http_path("/"), "index.html");
    ck_assert_str_eq(http_path("/js/main.js"), "js/main.js");
    ck_assert_ptr_null(http_path("http://x/"));
}
END_TEST

/* ---- messages ---- */

static struct json *library(void)
{
    struct err e;
    struct json *j = json_open(&e);
    if (!j)
        fprintf(stderr, "SKIPPED: %s\n", e.text);
    return j;
}

START_TEST(messages)
{
    static const struct {
        const char *text, *why;
        s64 id;
    } bad[] = {
        {"", "no JSON", PAGE_NO_ID},
        {"[]", "an array", PAGE_NO_ID},
        {"7", "a message is an object", PAGE_NO_ID},
        {"{}", "has a member", PAGE_NO_ID},
        {"{\"id\":3}", "has a member", 3},
        {"{\"id\":3,\"execute\":7}", "is to be a string", 3},
        {"{\"execute\":\"x\"}", "\"id\"", PAGE_NO_ID},
        {"{\"id\":-3,\"execute\":\"x\"}", "\"id\"", PAGE_NO_ID},
        {"{\"id\":\"3\",\"execute\":\"x\"}", "\"id\"", PAGE_NO_ID},
        {"{\"id\":3,\"execute\":\"x\",\"arguments\":[]}", "is to be an object", 3},
        {"{\"id\":3,\"execute\":\"x\",\"argument\":{}}", "\"argument\" is no member", 3},
        {"{\"seen\":\"x\"}", "is to be a number", PAGE_NO_ID},
        {"{\"id\":3,\"id\":4,\"execute\":\"x\"}", "no JSON", PAGE_NO_ID},
        {"{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "levels", PAGE_NO_ID},
    };
    struct json *j = library();
    struct page_message m;
    struct err e;
    if (!j)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!page_message_read(&m, j, bad[i].text, strlen(bad[i].text), &e), "%s",
                      bad[i].text);
        ck_assert_msg(strstr(e.text, bad[i].why), "%s: %s", bad[i].text, e.text);
        ck_assert_msg(m.id == bad[i].id, "%s", bad[i].text);
        page_message_free(&m, j);
    }
    const char *good =
        "{\"id\":0,\"execute\":\"step\",\"arguments\":{\"text\":\"[[[[[[[[[[[[[[[[[[[[\\\"\"}}";
    ck_assert_msg(page_message_read(&m, j, good, strlen(good), &e), "%s", e.text);
    ck_assert_int_eq(m.kind, PAGE_COMMAND);
    ck_assert_int_eq(m.id, 0);
    ck_assert_str_eq(m.execute, "step");
    ck_assert_ptr_nonnull(m.arguments);
    page_message_free(&m, j);
    ck_assert(page_message_read(&m, j, "{\"seen\":41}", 11, &e));
    ck_assert_int_eq(m.kind, PAGE_SEEN);
    ck_assert_uint_eq(m.seen, 41);
    page_message_free(&m, j);
    ck_assert(!page_message_read(&m, j, "", (size_t)PAGE_BYTES + 1, &e));
    json_close(j);
}
END_TEST

/* What is said about a command carries its number: also the negative ones of a page's worker. */
START_TEST(answers)
{
    static const struct {
        s64 id;
        const char *error;
    } t[] = {
        {0, "{\"id\":0,\"error\":{\"desc\":\"why\"}}"},
        {-1, "{\"id\":-1,\"error\":{\"desc\":\"why\"}}"},
        {PAGE_NO_ID, "{\"id\":null,\"error\":{\"desc\":\"why\"}}"},
    };
    size_t len;
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        char *text = page_error(t[i].id, "why", &len);
        ck_assert_str_eq(text, t[i].error);
        ck_assert_uint_eq(len, strlen(text));
        free(text);
    }
    char *text = page_answer(-1, NULL, &len);
    ck_assert_str_eq(text, "{\"id\":-1,\"return\":{}}");
    free(text);
}
END_TEST

/* ---- pictures ---- */

static u32 get(const u8 *p, unsigned bytes)
{
    u32 v = 0;
    while (bytes--)
        v = v << 8 | p[bytes];
    return v;
}

/* As a page does it. Returns the number of pixels that the frame has brought. */
static unsigned show(const u8 *f, size_t len, u32 *pixels, unsigned width, unsigned height)
{
    unsigned shown = 0;
    size_t at = 16;
    ck_assert_uint_eq(f[0], PAGE_FRAME_SCREEN);
    ck_assert_uint_eq(get(f + 8, 2), width);
    ck_assert_uint_eq(get(f + 10, 2), height);
    for (unsigned left = get(f + 14, 2); left; left--) {
        unsigned x = get(f + at, 2), y = get(f + at + 2, 2), w = get(f + at + 4, 2),
                 h = get(f + at + 6, 2), runs = get(f + at + 8, 4), bytes = get(f + at + 12, 4);
        ck_assert(w && h && x + w <= width && y + h <= height);
        const u8 *p = f + at + 16, *end = p + bytes;
        unsigned run = 0;
        for (unsigned i = 0; i < w * h; i++) {
            if (runs && !run) {
                run = *p + 1u;
                p++;
            }
            pixels[(y + i / w) * width + x + i % w] = (u32)p[0] << 16 | (u32)p[1] << 8 | p[2];
            if (!runs || --run == 0)
                p += 3;
        }
        ck_assert_ptr_eq(p, end);
        at += 16 + bytes;
        shown += w * h;
    }
    ck_assert_uint_eq(at, len);
    return shown;
}

/* One frame on its way; false: there was nothing new. */
static bool pass(struct page_picture *p, struct page_copy *c, u32 *shown, unsigned *pixels)
{
    if (!page_copy_take(c, p))
        return false;
    u8 *frame = malloc(page_frame_most(c));
    size_t len = page_frame_write(c, 7, frame);
    ck_assert(len <= page_frame_most(c));
    ck_assert_uint_eq(get(frame + 4, 4), 7);
    *pixels = show(frame, len, shown, c->width, c->height);
    free(frame);
    return true;
}

START_TEST(pictures)
{
    enum { W = 97, H = 61 };
    static u32 screen[W * H], shown[W * H];
    static u64 lines[H];
    struct page_picture p = {.width = 0};
    struct page_copy c = {.width = 0};
    struct screen s = {.pixels = screen, .width = W, .height = H, .aspect = 4.0 / 3, .version = 1};
    unsigned pixels, seed = 1;
    ck_assert(!page_copy_take(&c, &p)); /* nothing has been shown */
    for (unsigned round = 0; round < 400; round++) {
        s.line_version = round % 2 ? lines : NULL;
        s.version++;
        for (unsigned n = round % 5 == 4 ? W * H : round % 40; n; n--) {
            seed = seed * 1103515245 + 12345;
            unsigned at = (seed >> 8) % (W * H);
            screen[at] = round % 3 ? seed & 0xffffff : 0xabcdef;
            lines[at / W] = s.version;
        }
        page_picture_publish(&p, &s);
        if (round % 7 == 3) /* a page that is slow misses some */
            continue;
        pass(&p, &c, shown, &pixels);
        ck_assert_int_eq(memcmp(shown, screen, sizeof(screen)), 0);
        ck_assert(!page_copy_take(&c, &p));
    }
    ck_assert(!page_picture_publish(&p, &s)); /* no change */
    /* One pixel is one pixel. */
    screen[30 * W + 50] ^= 0x00ff00;
    s.line_version = NULL;
    ck_assert(page_picture_publish(&p, &s));
    ck_assert(pass(&p, &c, shown, &pixels));
    ck_assert_uint_eq(pixels, 1);
    /* Another size brings all of it, the display's end nothing. */
    s.width = 40;
    s.height = 20;
    s.version++;
    ck_assert(page_picture_publish(&p, &s));
    ck_assert(pass(&p, &c, shown, &pixels));
    ck_assert_uint_eq(pixels, 40 * 20);
    ck_assert_int_eq(memcmp(shown, screen, 40 * 20 * sizeof(u32)), 0);
    s = (struct screen){.width = 0, .aspect = 4.0 / 3};
    ck_assert(page_picture_publish(&p, &s));
    ck_assert(pass(&p, &c, shown, &pixels));
    ck_assert_uint_eq(pixels, 0);
    ck_assert(!page_picture_publish(&p, &s));
    /* Absurd sizes are left out. */
    s.width = s.height = 5000;
    ck_assert(!page_picture_publish(&p, &s));
    page_copy_free(&c);
    page_picture_free(&p);
}
END_TEST

/* ---- events ---- */

START_TEST(events)
{
    static const struct {
        struct control_event event;
        const char *name, *json;
    } all[] = {
        {{.kind = EVENT_STOP}, "stop", "null"},
        {{.kind = EVENT_RESUME}, "resume", "null"},
        {{.kind = EVENT_POWERDOWN}, "powerdown", "null"},
        {{.kind = EVENT_RESET, .guest = true, .reason = "guest-reset"},
         "reset",
         "{\"guest\": true, \"reason\": \"guest-reset\"}"},
        {{.kind = EVENT_SHUTDOWN}, "shutdown", "{\"guest\": false, \"reason\": \"\"}"},
        {{.kind = EVENT_TRIPLE_FAULT, .text = "why"}, "triple-fault", "{\"text\": \"why\"}"},
        {{.kind = EVENT_DISK_ERROR, .text = "full"}, "disk-error", "{\"text\": \"full\"}"},
        {{.kind = EVENT_MEDIUM, .text = "floppy0", .open = true},
         "medium",
         "{\"drive\": \"floppy0\", \"open\": true}"},
        {{.kind = EVENT_POINT, .text = "there"}, "point", "{\"text\": \"there\"}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct reply r;
        char *text = NULL;
        size_t len;
        FILE *f = open_memstream(&text, &len);
        reply_init(&r);
        ck_assert_str_eq(page_event(&all[i].event, &r), all[i].name);
        reply_write_json(&r, f);
        fclose(f);
        ck_assert_str_eq(text, all[i].json);
        free(text);
        reply_free(&r);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("page");
    tcase_add_test(tc, places);
    tcase_add_test(tc, hosts);
    tcase_add_test(tc, tokens);
    tcase_add_test(tc, messages);
    tcase_add_test(tc, answers);
    tcase_add_test(tc, pictures);
    tcase_add_test(tc, events);
    Suite *s = suite_create("page");
    suite_add_tcase(s, tc);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
