"""What a refused event means for its patient: the watch is incomplete until it is put right or dismissed."""

import hashlib
from datetime import datetime
from typing import Any, Final

from stream.clock import format_moment
from stream.facts.refusal import Refusal

INTAKE: Final = "intake"


def refused_command(refusal: Refusal, at: datetime) -> dict[str, Any] | None:
    """Return the command that marks the patient incomplete; None where the patient cannot be read.

    Its id is a hash of the refused event, so that the same event refused twice counts once.
    """
    if refusal.patient is None:
        return None
    parts = (refusal.patient, *refusal.ref, refusal.sha256)
    return {
        "command_id": hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32],
        "kind": "refused",
        "actor": INTAKE,
        "at": format_moment(at),
        "patient": refusal.patient,
        "pathway": refusal.pathway,
        "source": refusal.ref.source,
        "id": refusal.ref.id,
        "reason": refusal.reason,
    }
