/*
 * request_json.h - requests from JSON: a row's name and an object with its arguments by name.
 */
#ifndef FERRITE_REQUEST_JSON_H
#define FERRITE_REQUEST_JSON_H

#include "frontend/control/command.h"
#include "frontend/json/json.h"

/*
 * `args`: an object, or NULL. Strings, numbers, true and false (on, off) are taken as they would be
 * written in a line. As request_named(): false + err; the request can be freed in either case.
 */
bool request_json(struct request *r, struct json *j, const char *command, struct json_value *args,
                  struct err *e);

#endif
