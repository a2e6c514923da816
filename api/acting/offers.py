"""An offered date that is recorded here: a fact of ours, through the same intake as those of hospitals."""

from typing import Final
from uuid import uuid4

import msgspec

from api.acting.bodies import Offer
from api.acting.sent import Event, Mark, SentCommands
from api.deps import Deps
from api.problems import ProblemError, not_found
from api.reading.reader import Reader
from stream.clock import format_moment
from stream.facts.transports import STRUCTURED
from stream.worker.intake import Raw

SOURCE: Final = "urn:fristvagt:api"
"""Source of the facts that are recorded through the API."""
DATE_OFFERED: Final = "dk.fristvagt.date-offered.v1"


class OfferDesk:
    """Takes offered dates."""

    def __init__(self, deps: Deps, reader: Reader, sent: SentCommands) -> None:
        self._deps = deps
        self._reader = reader
        self._sent = sent

    async def take(self, pathway: str, offer: Offer, key: str | None = None) -> tuple[str, Event]:
        """Record an offer of this moment under a key; return the command's id and the fact's identity.

        Raises ProblemError for an unknown pathway, one that two patients share, a key used otherwise, and an offer
        that intake refuses; TransportError if it cannot be stored.
        """
        command_id = key or uuid4().hex
        patient = await self._patient(pathway)
        content = f"offer {pathway} {offer.model_dump_json()}"
        mark, is_new = await self._sent.claim(command_id, content, self._reader.now())
        if mark.event is not None:
            return command_id, mark.event
        event = Event(SOURCE, command_id)
        try:
            await self._publish(pathway, patient, offer, event, mark)
        except Exception:
            if is_new:
                await self._sent.forget(command_id)
            raise
        await self._sent.accepted(command_id, mark, event)
        return command_id, event

    async def _patient(self, pathway: str) -> str:
        patients = await self._reader.patients(pathway)
        if not patients:
            raise not_found("pathway", "No clock of it is known. Send its referral first, or try again shortly.")
        if len(patients) > 1:
            raise ProblemError(
                409, "shared_pathway", "Two patients share this reference", "Correct it where it was sent from."
            )
        return patients[0]

    async def _publish(self, pathway: str, patient: str, offer: Offer, event: Event, mark: Mark) -> None:
        at = format_moment(mark.at)
        told = {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": DATE_OFFERED,
            "subject": pathway,
            "partitionkey": patient,
            "time": at,
            "data": {"occurred_at": at, **offer.data()},
        }
        (result,) = await self._deps.publish(Raw(msgspec.json.encode(told), [("content-type", STRUCTURED)]))
        if result["status"] != "accepted":
            raise ProblemError(422, str(result["reason"]), "This offer cannot be recorded", str(result["hint"]))
