"""OpenStack Swift with its S3 API in one process, on loopback.

    swift-loopback.py DIRECTORY ACCESS_KEY SECRET_KEY

Account, container and object server with one device below DIRECTORY, and the proxy server with the s3api middleware in front.
Each listens on a port that the system chooses. `port N` on standard output is that of the S3 API. The process ends when its
standard input does, so that it never outlives the test that started it.
"""

import os
import sys

import eventlet

eventlet.monkey_patch()

from array import array

from eventlet import tpool, wsgi
from swift.common import utils

ROOT, ACCESS_KEY, SECRET_KEY = sys.argv[1:4]
DEVICES = os.path.join(ROOT, "devices")
os.makedirs(os.path.join(DEVICES, "one"), exist_ok=True)
SWIFT_CONF = os.path.join(ROOT, "swift.conf")
with open(SWIFT_CONF, "w") as file:
    file.write("[swift-hash]\nswift_hash_path_suffix = loopback\n")
# Modules that are imported below read it, and /etc/swift belongs to the machine.
utils.SWIFT_CONF_FILE = SWIFT_CONF
utils.HASH_PATH_SUFFIX = b"loopback"

from swift.account.server import AccountController
from swift.common.ring import RingData
from swift.common.wsgi import SwiftHttpProtocol, loadapp
from swift.container.server import ContainerController
from swift.obj.server import ObjectController

# An access key is ACCOUNT:USER, and tempauth's options have an underscore between them.
ACCOUNT, USER = ACCESS_KEY.split(":")
PROXY = f"""
[DEFAULT]
swift_dir = {ROOT}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_{ACCOUNT}_{USER} = {SECRET_KEY} .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Cache:
    """What memcached keeps elsewhere."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)


def serve(listener, app):
    """Answers in the background."""
    eventlet.spawn(wsgi.server, listener, app, log=open(os.devnull, "w"), protocol=SwiftHttpProtocol)


def listen():
    """A socket with a port of its own. @returns it, and the port"""
    listener = eventlet.listen(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


def start_storage(name, controller):
    """Starts one of the three storage servers, and writes the ring that the proxy server finds it by."""
    listener, port = listen()
    conf = {"devices": DEVICES, "mount_check": "false", "swift_dir": ROOT, "disable_fallocate": "true"}
    serve(listener, controller(conf))
    device = {"id": 0, "zone": 0, "region": 1, "device": "one", "ip": "127.0.0.1", "port": port, "weight": 1}
    ring = RingData([array("H", [0] * 4)], [device], 30)
    ring.save(os.path.join(ROOT, f"{name}.ring.gz"))


def start_proxy():
    """Starts the proxy server. @returns its port"""
    conf = os.path.join(ROOT, "proxy-server.conf")
    with open(conf, "w") as file:
        file.write(PROXY)
    app = loadapp(conf)
    cache = Cache()

    def with_cache(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    listener, port = listen()
    serve(listener, with_cache)
    return port


start_storage("account", AccountController)
start_storage("container", ContainerController)
start_storage("object", ObjectController)
print(f"port {start_proxy()}", flush=True)
while tpool.execute(os.read, 0, 4096):
    pass
os._exit(0)
