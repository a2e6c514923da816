"""A story for a reader: its blocks as lines, the moments to the second. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from deploy.story.words import word

NONE: Final = "none"
INDENT: Final = " " * 12

NOTES: Final = {
    "not_asked_for": "there is one; --notes shows it",
    "missing": "is not in these records",
    "erased": "erased",
}


def lines(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write blocks as lines. What somebody typed cannot begin a line or move the cursor."""
    for block in blocks:
        for kind, write in (("story", _head), ("entry", _entry), ("later", _later)):
            if kind in block:
                yield from map(_plain, write(block[kind]))


def _plain(line: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def _head(story: Mapping[str, Any]) -> Iterator[str]:
    asked = f"alert {story['alert']}" if story["pathway"] is None else f"pathway {story['pathway']}"
    yield f"{asked}: {story['entries']} entries of {len(story['alerts'])} alerts, {story['erased']} of them erased"
    yield "moments are Copenhagen's; messages and attempts are by the machine's clock, which in a demo is another"
    book = story["book"]
    yield f"the whole book was verified: {book['entries']} entries, {len(book['faults'])} faults"
    yield from (f"  fault: {fault}" for fault in book["faults"])
    if book["erased"] > story["erased"]:
        yield f"  {book['erased']} entries of it are erased: --alert ID finds those that no pathway is known of"


def _entry(entry: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{_moment(entry['at'])}  {word('kinds', entry['kind'])}{_tiers(entry)}"
    if entry["erased"]:
        yield _line("erased", "its content is gone, and with it patient, pathway, tier, reason, cause and actor")
    else:
        yield from _content(entry)
    line = f", line {entry['line']}" if "line" in entry else ""
    yield _line("alert", f"{entry['alert_id']} of clock {entry['clock_id']}")
    yield _line("right", f"{_named(entry, 'right')}{line}")
    yield _line("unit", f"{_named(entry, 'unit')}, {entry['region'] or 'no region'}")
    proof = entry["proof"]
    chain = "the chain verifies" if proof["verifies"] else "THE CHAIN DOES NOT VERIFY"
    yield _line("proof", f"partition {proof['partition']}, entry {proof['seq']}, {proof['chain_hash']}: {chain}")
    yield from _tellings(entry["told"])


def _content(entry: Mapping[str, Any]) -> Iterator[str]:
    yield _line("why", word("reasons", entry.get("reason")))
    yield _line("cause", _cause(entry.get("cause")))
    if entry.get("due"):
        yield _line("due", _moment(entry["due"]))
    if entry.get("actor"):
        yield _line("actor", str(entry["actor"]))
    yield from (_line("mind", said) for said in _flags(entry))
    if entry.get("detail"):
        yield _line("detail", _pairs(entry["detail"]))
    if note := entry.get("note"):
        yield _line("note", note["text"] if note["state"] == "kept" else NOTES[note["state"]])
    yield _line("rules", f"rulebook {entry.get('rulebook')}, policy {entry.get('policy')}")


def _tiers(entry: Mapping[str, Any]) -> str:
    before, after = entry.get("from"), entry.get("to")
    return "" if before is None and after is None else f": {before or NONE} -> {after or NONE}"


def _flags(values: Mapping[str, Any]) -> Iterator[str]:
    if values.get("late"):
        yield "later than it was due"
    if values.get("unverified"):
        yield "decided before all that was sent could be read"


def _cause(cause: Any) -> str:
    return _pairs(cause) if isinstance(cause, Mapping) else str(cause)


def _pairs(values: Any) -> str:
    """Write a mapping as words; one within another as its own."""
    if not isinstance(values, Mapping):
        return str(values)
    return ", ".join(f"{key} {_pairs(value)}" for key, value in values.items())


def _named(entry: Mapping[str, Any], name: str) -> str:
    """Write an id with what it is called, where that is known."""
    said, code = entry[f"{name}_name"], entry[name]
    return str(code or "unknown") if said in {"", code} else f"{said} ({code})"


def _later(later: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{_moment(later['at'])}  the notifier goes on by itself"
    yield _line("alert", later["alert_id"])
    of = later["of"]
    place = "an entry that is not here" if of is None else f"partition {of['partition']}, entry {of['seq']}"
    yield _line("about", place)
    yield from _tellings(later["told"])


def _tellings(told: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in told:
        yield from _telling(each)


def _telling(told: Mapping[str, Any]) -> Iterator[str]:
    role = f" (role {told['role']}, rung {told['rung']})" if told["role"] else ""
    tier = "" if told["tier"] is None else f" at {told['tier']}"
    head = {"sent": "told", "dead": "not told", "dropped": "not told"}.get(told["state"], "to tell")
    yield _line(head, f"{told['recipient']}{role}: {word('whats', told['what'])}{tier}; {word('whys', told['why'])}")
    if told["why_not"] is not None:
        yield f"{INDENT}not told because: {word('why_nots', told['why_not'])}"
    times = f"planned {_moment(told['planned_at'])}"
    if told["not_before"] is not None:
        times += f", to go from {_moment(told['not_before'])}{' in the digest' if told['digest'] else ''}"
    yield f"{INDENT}{times}"
    yield from (f"{INDENT}mind: {said}" for said in _flags(told))
    if told["message"] is not None:
        yield from _message(told["message"])


def _message(message: Mapping[str, Any]) -> Iterator[str]:
    state = {"open": f"tried next at {_moment(message['next_at'])}"}.get(message["state"], message["state"])
    done = "" if message["done_at"] is None else f" {_moment(message['done_at'])}"
    what = "a message with others" if message["about"] == "digest" else "message"
    yield f"{INDENT}{what} {message['message_id']}: {state}{done}"
    for each in message["attempts"]:
        yield f"{INDENT}attempt {each['attempt']} by {each['channel']}, {_attempt(each)}"


def _attempt(each: Mapping[str, Any]) -> str:
    begun = _moment(each["started"])
    if each["outcome"] is None:
        return f"begun {begun}: its end is not known"
    why = "" if each["why"] is None else f" ({each['why']})"
    again = "" if each["wait_seconds"] is None else f", again in {each['wait_seconds']:.0f} s"
    receipt = "" if each["receipt"] is None else f", receipt: {each['receipt']}"
    return f"begun {begun}, ended {_moment(each['ended'])}: {each['outcome']}{why}{again}{receipt}"


def _moment(text: str | None) -> str:
    """Write an RFC 3339 moment to the second; what is none stays as it is."""
    try:
        return datetime.fromisoformat(text or "").isoformat(sep=" ", timespec="seconds")
    except ValueError:
        return str(text)


def _line(name: str, text: str) -> str:
    return f"  {name:<9} {text}"
