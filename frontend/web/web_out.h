/*
 * web_out.h - from the core to the worker's JavaScript: Module.said(text) and Module.frame(bytes).
 */
#ifndef FERRITE_WEB_OUT_H
#define FERRITE_WEB_OUT_H

#include <stddef.h>

void web_out_text(const char *json);
/* A frame as frontend/page/page_picture.h has them; it is copied. */
void web_out_bytes(const void *frame, size_t len);

#endif
