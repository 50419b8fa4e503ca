"""A bucket of any S3-speaking server as exchange folder: names are put once and never written over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from embers.errors import SyncError


def open_bucket(address: str) -> BucketBlobs:
    """Open ``s3://bucket/prefix?endpoint=URL&region=NAME``; keys come from the environment."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    endpoint = query.get("endpoint", [""])[0]
    config: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    if region := query.get("region", [""])[0]:
        config["region"] = region
    store = S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        checksum_algorithm="SHA256",
        client_options={"allow_http": endpoint.startswith("http://127.0.0.1")},
        retry_config={"max_retries": 5, "retry_timeout": timedelta(seconds=30)},
        **config,
    )
    return BucketBlobs(store, f"s3://{parts.netloc}/{parts.path.strip('/')}")


class BucketBlobs:
    """Named bytes in a bucket."""

    def __init__(self, store: Any, name: str) -> None:  # noqa: ANN401 - obstore has no types for its stores
        self._store = store
        self._name = name
        self._versions = False

    @property
    def keeps_versions(self) -> bool:
        """Tell whether the server gave any name a version: then what is dropped here is hidden, not gone."""
        return self._versions

    def put(self, name: str, data: bytes) -> None:
        """Create a name; one that is taken keeps its bytes, unless they rotted."""
        try:
            self._note(obstore.put(self._store, name, data, mode="create"))
        except AlreadyExistsError:
            if self.get(name) != data:
                self.drop(name)
                self._repeat(name, data)
        except (BaseError, OSError) as error:
            raise self._broken(error) from error

    def _repeat(self, name: str, data: bytes) -> None:
        try:
            obstore.put(self._store, name, data, mode="create")
        except (BaseError, OSError) as error:
            raise self._broken(error) from error

    def get(self, name: str) -> bytes | None:
        """Read the bytes of a name."""
        try:
            found = obstore.get(self._store, name)
            self._note(found.meta)
            return bytes(found.bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise self._broken(error) from error

    def settle(self) -> None:
        """What a bucket has answered for is durable."""

    def has(self, name: str) -> bool:
        """Tell whether a name is taken."""
        try:
            self._note(obstore.head(self._store, name))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._broken(error) from error
        return True

    def names(self, prefix: str) -> Iterator[str]:
        """Yield names in sorted order."""
        try:
            found = [str(meta["path"]) for page in obstore.list(self._store, prefix) for meta in page]
        except (BaseError, OSError) as error:
            raise self._broken(error) from error
        yield from sorted(found)

    def drop(self, name: str) -> None:
        """Remove a name."""
        with suppress(FileNotFoundError):
            try:
                obstore.delete(self._store, name)
            except BaseError as error:
                if not isinstance(error, FileNotFoundError):
                    raise self._broken(error) from error

    def _note(self, meta: Mapping[str, Any]) -> None:
        self._versions = self._versions or meta.get("version") not in {None, "null"}

    def _broken(self, error: Exception) -> SyncError:
        return SyncError(
            "link", f"{self._name} cannot be reached: {error}.", "Check the address and the keys."
        )
