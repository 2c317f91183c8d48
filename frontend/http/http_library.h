/*
 * http_library.h - the functions of libwebsockets that are used, loaded when somebody wants -http.
 */
#ifndef FERRITE_HTTP_LIBRARY_H
#define FERRITE_HTTP_LIBRARY_H

#include "hw/base/err.h"

#include <libwebsockets.h>

/* clang-format off */
#define HTTP_LIBRARY_FUNCTIONS(X) \
    X(lws_add_http_common_headers) X(lws_add_http_header_by_name) \
    X(lws_adopt_descriptor_vhost) X(lws_adopt_socket_vhost) X(lws_callback_on_writable) \
    X(lws_cancel_service) X(lws_close_reason) X(lws_context_destroy) X(lws_context_user) \
    X(lws_create_context) X(lws_finalize_write_http_header) X(lws_frame_is_binary) \
    X(lws_get_context) X(lws_get_vhost_by_name) X(lws_hdr_copy) X(lws_hdr_total_length) \
    X(lws_http_transaction_completed) X(lws_is_final_fragment) \
    X(lws_remaining_packet_payload) X(lws_return_http_status) X(lws_rx_flow_control) \
    X(lws_service) X(lws_set_log_level) X(lws_set_timeout) \
    X(lws_set_timer_usecs) X(lws_write)
/* clang-format on */

struct http_library {
    void *handle;
#define X(name) __typeof__(name) *name;
    HTTP_LIBRARY_FUNCTIONS(X)
#undef X
};

bool http_library_open(struct http_library *lib, struct err *e);
void http_library_close(struct http_library *lib);

#endif
