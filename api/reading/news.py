"""The news of the read model: the transitions of alerts as they reach it, for those who listen."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from api.projection.alerts import TRANSITION
from api.projection.keys import Store, as_text

BATCH: Final = 200
BEGINNING: Final = "0-0"
"""The id before every other."""

_ID_LIMIT: Final = 2**64
"""Redis counts both parts of an id in 64 bits."""


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. `transition` is None when it says: the read model was made anew, read everything again."""

    id: str
    transition: dict[str, Any] | None


class NewsReader:
    """Reads the news in order of their ids."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._key = store.keys.news

    async def holds(self, news_id: str) -> bool:
        """Tell whether the news of this id is still there, so that all after it are."""
        if not _is_id(news_id):
            return False
        return news_id == BEGINNING or bool(await self._redis.xrange(self._key, news_id, news_id))

    async def newest(self) -> str:
        """Return the id of the newest news."""
        found = await self._redis.xrevrange(self._key, count=1)
        return as_text(found[0][0] or BEGINNING) if found else BEGINNING

    async def after(self, news_id: str) -> list[News]:
        """Return up to BATCH news after this id."""
        found = await self._redis.xrange(self._key, f"({news_id}", "+", count=BATCH)
        return [_news(as_text(name or BEGINNING), fields or {}) for name, fields in found or ()]


def _news(name: str, fields: dict[Any, Any]) -> News:
    row = fields.get(TRANSITION.encode())
    return News(name, None if row is None else msgspec.json.decode(row))


def _is_id(text: str) -> bool:
    milliseconds, _, number = text.partition("-")
    return all(part.isascii() and part.isdecimal() and int(part) < _ID_LIMIT for part in (milliseconds, number))
