"""A server of S3's API for tests: moto, with one request at a time.

moto looks at the conditions of a write (If-None-Match, If-Match) and then writes; between the two another request may do the
same. S3 does both at once, and so does this server. It prints its URL and serves until it is killed.
"""

import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class OneAtATime:
    """Lets a request in when the one before is answered. What it answers is whole before it is sent."""

    def __init__(self, application):
        self.application = application
        self.turn = threading.Lock()

    def __call__(self, environ, start_response):
        with self.turn:
            answer = self.application(environ, start_response)
            return [b"".join(answer)]


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


application = OneAtATime(DomainDispatcherApplication(create_backend_app))
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
