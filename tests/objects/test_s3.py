"""What only a server far away can do to objects: break links, refuse keys, write over, run out of patience."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import resource
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import obstore
import pytest
from s3_server import KEYS, WeakLink

from embers.errors import ObjectError
from embers.objects import s3 as module
from embers.objects.place import open_objects
from embers.surroundings import Surroundings

#: The smallest part S3 takes, so that these tests send little.
PART = 5 * 1024 * 1024
SMALL = os.urandom(50_000)
LARGE = os.urandom(2 * PART + 99)


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(module, "PART", PART)


@pytest.fixture
def bucket(s3):
    return s3.bucket()


@pytest.fixture
def direct(s3, bucket):
    return open_objects(f"s3://{bucket}?endpoint={s3.endpoint}", Surroundings())


@pytest.fixture
def far(s3, bucket):
    """Return a maker of stores behind a link that ``decide`` cuts."""
    links = []

    def make(decide):
        link = WeakLink(s3.port, decide)
        links.append(link)
        return link, open_objects(f"s3://{bucket}?endpoint=http://127.0.0.1:{link.port}", Surroundings())

    yield make
    for link in links:
        link.close()


def keys(store):
    return [
        one["path"] for page in obstore.list(store._store) for one in page if one["path"] != ".created-once"
    ]


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("way", ["sent", "received"])
def test_a_link_that_breaks_now_and_then_is_survived(far, direct, data, way):
    """Three times the link is cut in the middle of what goes up, or of what comes down."""

    def decide(number, sent, received):
        enough = sent > min(len(data) // 3, 1_000_000) if way == "sent" else received > 200
        return link.cuts < 3 and enough

    link, store = far(decide)
    stored = store.put(io.BytesIO(data))
    assert link.cuts >= 1
    assert stored.sha256 == digest(data)
    assert direct.verify(digest(data)) is None
    assert keys(direct) == [f"{digest(data)[:2]}/{digest(data)[2:4]}/{digest(data)}"]


def test_reading_over_a_link_that_breaks_gives_the_right_bytes(far, direct):
    direct.put(io.BytesIO(LARGE))
    link, store = far(lambda number, sent, received: number in (0, 1) and received > 3_000_000)
    with store.open(digest(LARGE)) as handle:
        assert handle.read() == LARGE
    assert link.cuts >= 1


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_link_that_stays_broken_is_said_in_words_and_nothing_is_half_stored(far, direct, monkeypatch, data):
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=1))
    dead = False
    link, store = far(lambda number, sent, received: dead or sent > min(len(data) // 2, 1_000_000))
    with pytest.raises(ObjectError) as raised:
        store.put(io.BytesIO(data))
    assert raised.value.code == "object.server"
    assert link.cuts >= 1
    assert not any(secret in str(raised.value) for secret in KEYS.values() if secret != "us-east-1")
    assert list(direct.all()) == []
    assert not direct.has(digest(data))
    assert direct.put(io.BytesIO(data)).fresh, "a second try works"


def test_a_server_that_is_not_there_is_said_in_words(monkeypatch, s3):
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=1))
    store = open_objects("s3://nowhere?endpoint=http://127.0.0.1:9", Surroundings())
    for ask in (lambda: store.put(io.BytesIO(b"x")), lambda: store.has("a" * 64), lambda: list(store.all())):
        with pytest.raises(ObjectError, match="did not do what was asked"):
            ask()


def test_verification_does_not_call_an_object_lost_when_the_server_is_not_there(monkeypatch, s3):
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=1))
    store = open_objects("s3://nowhere?endpoint=http://127.0.0.1:9", Surroundings())
    with pytest.raises(ObjectError) as raised:
        store.verify("a" * 64)
    assert raised.value.code == "object.server"


def test_a_bucket_that_does_not_exist_is_said_in_words(s3):
    store = open_objects(f"s3://embers-no-such-bucket?endpoint={s3.endpoint}", Surroundings())
    with pytest.raises(ObjectError) as raised:
        store.put(io.BytesIO(b"x"))
    assert raised.value.code == "object.no-bucket"


class Careless(BaseHTTPRequestHandler):
    """A server that stores whatever it is sent and ignores conditions, as some do."""

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_a_bucket_that_lets_objects_be_written_over_is_refused(s3):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    Thread(target=server.serve_forever, daemon=True).start()
    store = open_objects(f"s3://careless?endpoint=http://127.0.0.1:{server.server_port}", Surroundings())
    with pytest.raises(ObjectError, match="ignores If-None-Match") as raised:
        store.put(io.BytesIO(b"x"))
    assert raised.value.code == "object.not-write-once"
    server.shutdown()


def test_bytes_that_the_server_changed_on_arrival_are_noticed(direct, monkeypatch):
    """The server keeps other bytes than were sent: reading back finds it before anything is cited."""
    real, real_writer = obstore.put, obstore.open_writer

    def spoil(store, key, data, **more):
        return real(store, key, data if key == ".created-once" else b"other" + data[5:], **more)

    class Spoiling:
        def __init__(self, *args, **more):
            self.writer = real_writer(*args, **more)

        def write(self, data):
            self.writer.write(b"other" + data[5:])

        def close(self):
            self.writer.close()

    monkeypatch.setattr(module.obstore, "put", spoil)
    monkeypatch.setattr(module.obstore, "open_writer", Spoiling)
    with pytest.raises(ObjectError, match="was altered"):
        direct.put(io.BytesIO(SMALL))
    with pytest.raises(ObjectError, match="gave back other bytes"):
        direct.put(io.BytesIO(LARGE))
    assert digest(LARGE) not in "".join(keys(direct))


def test_what_a_server_cannot_copy_is_sent_again(direct, monkeypatch):
    monkeypatch.setattr(module, "COPY_LIMIT", PART)
    assert direct.put(io.BytesIO(LARGE)).fresh
    assert direct.verify(digest(LARGE)) is None
    assert direct.put(io.BytesIO(LARGE)).fresh is False
    assert len(keys(direct)) == 1


class Zeros(io.RawIOBase):
    """A long stream that is nowhere in memory."""

    def __init__(self, size):
        self.left = size

    def read(self, count=-1):
        count = min(count, self.left)
        self.left -= count
        return bytes(count)


def put_and_measure(address, size, result):
    store = open_objects(address, Surroundings())
    store.put(io.BytesIO(b"warm"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored = store.put(Zeros(size))
    result.put((stored.size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024))


def test_memory_does_not_grow_with_the_object(s3, bucket):
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    size = 160 * 1024 * 1024
    child = context.Process(
        target=put_and_measure, args=(f"s3://{bucket}?endpoint={s3.endpoint}", size, result)
    )
    child.start()
    stored, grown = result.get(timeout=120)
    child.join()
    assert stored == size
    assert grown < 150, f"{grown} MiB for an object of {size >> 20} MiB"


def test_what_a_crash_left_half_stored_is_swept(direct):
    direct.put(io.BytesIO(SMALL))
    obstore.put(direct._store, ".incoming/left-by-a-crash", SMALL[:1000])
    assert direct.sweep() == 1
    assert direct.sweep() == 0
    assert direct.verify(digest(SMALL)) is None
    assert not any(key.startswith(".incoming/") for key in keys(direct))
