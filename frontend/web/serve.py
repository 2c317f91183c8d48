#!/usr/bin/env python3
"""serve.py FOLDER [PORT] - the folder at http://127.0.0.1:PORT/, to this computer only, with the
types that browsers ask for. PORT 0 is one that is free; the address is printed."""
import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'  # many small files by few connections
    disable_nagle_algorithm = True

    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        '.html': 'text/html; charset=utf-8',
        '.css': 'text/css; charset=utf-8',
        '.js': 'text/javascript; charset=utf-8',
        '.md': 'text/plain; charset=utf-8',
        '.svg': 'image/svg+xml',
        '.wasm': 'application/wasm',
    }

    def end_headers(self):
        self.send_header('Cache-Control', 'no-cache')
        super().end_headers()

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit('usage: serve.py FOLDER [PORT]')
    port = int(sys.argv[2]) if len(sys.argv) == 3 else 8000
    handler = functools.partial(Handler, directory=sys.argv[1])
    try:
        server = http.server.ThreadingHTTPServer(('127.0.0.1', port), handler)
    except OSError as e:
        sys.exit(f'serve.py: port {port}: {e.strerror}; another one may be given')
    print(f'the page is at http://127.0.0.1:{server.server_address[1]}/', flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
