/*
 * web_out.c - see web_out.h. The only C here that knows JavaScript.
 */
#include "frontend/web/web_out.h"

#include <emscripten.h>

EM_JS(void, said, (const char *text), { Module["said"](UTF8ToString(text)); })
EM_JS(void, framed, (const void *at, unsigned len),
      { Module["frame"](HEAPU8.slice(at, at + len)); })

void web_out_text(const char *json)
{
    said(json);
}

void web_out_bytes(const void *frame, size_t len)
{
    framed(frame, len);
}
