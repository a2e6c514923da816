"""Which pathways have something new to tell, and the message of each."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from stream.law.rulebook import Rulebook
from stream.row import Published, Row


def publish(
    row: Row, stored: Sequence[Mapping[str, Any]], rulebook: Rulebook, *, incomplete: bool
) -> tuple[dict[str, Published], tuple[dict[str, Any], ...]]:
    """Return what is then published of each pathway, and messages for the clocks topic of those that changed.

    `stored` are all clocks of the patient. A pathway that has none left gets a message without clocks: a tombstone.
    """
    by_pathway: dict[str, list[Mapping[str, Any]]] = {pathway: [] for pathway in row.published}
    for clock in stored:
        by_pathway.setdefault(clock["pathway"], []).append(clock)
    published, messages = dict(row.published), []
    for pathway, clocks in by_pathway.items():
        digest = hashlib.sha256(msgspec.json.encode(clocks)).digest()[:16]
        before = row.published.get(pathway)
        if before is not None and before.digest == digest:
            continue
        revision = before.revision + 1 if before else 1
        published[pathway] = Published(revision, digest)
        messages.append(
            {
                "pathway": pathway,
                "patient": row.patient,
                "revision": revision,
                "incomplete": incomplete,
                "rulebook": rulebook.version,
                "reading": rulebook.reading,
                "clocks": clocks or None,
            }
        )
    return published, tuple(messages)
