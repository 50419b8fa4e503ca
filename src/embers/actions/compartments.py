"""Making compartments, letting people in, and taking them out with a new key and new wraps.

Wraps are written before the entry that needs them, and old ones destroyed only after it: whatever is cut short, every
member can still open everything, and running it again finishes the work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from embers.actions.recorder import Act, Recorder
from embers.custody.compartment import Compartment
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import Assertion, Relation
from embers.objects.age_key import AgeIdentity, fingerprint, read_recipient
from embers.objects.wraps import WrapFolder, WrapName


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the public age key compartment keys are wrapped to."""

    person: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a change of key did: wraps of data keys made anew, and ones no key at hand opened."""

    renewed: int
    unopened: int


def publish_key(recorder: Recorder, person: str, recipient: str) -> Act:
    """Draft the entry that makes a person's public age key known."""
    read_recipient(recipient)
    value = {"alg": "age-x25519", "key": recipient}
    said = recorder.new_assertion(person, "encryption-key", value)
    return Act("person.encryption-key", (said,), reason="Public key for sealed content.")


def new_compartment(
    recorder: Recorder, wraps: WrapFolder, name: str, members: list[Member]
) -> tuple[str, Act]:
    """Make a compartment's first key, wrap it to every member, and draft its entry. The key itself is dropped."""
    if not members:
        raise ActionError("no-member", f"The compartment {name!r} has no member.", "Nobody could open it.")
    subject = new_subject("compartment", recorder.surroundings.randomness)
    key = AgeIdentity.fresh(recorder.surroundings.randomness)
    said = [
        recorder.new_assertion(subject, "compartment-name", name),
        *_key_said(recorder, subject, key, generation=1),
        *(_member_said(recorder, subject, member) for member in members),
    ]
    wraps.put_all(_key_wraps(key, [member.recipient for member in members]))
    return subject, Act("compartment.open", tuple(said), reason=f"{len(members)} members can open it.")


def add_member(
    recorder: Recorder, wraps: WrapFolder, compartment: Compartment, member: Member, *, own: AgeIdentity
) -> Act:
    """Wrap every key of a compartment to one more person; only somebody who can open it can do that."""
    if member.person in compartment.members:
        raise ActionError("member", f"{member.person} is a member already.", "Nothing was changed.")
    for key in compartment.keys:
        opened = compartment_key(wraps, key.name, own)
        if opened is not None:
            wraps.put_all(_key_wraps(opened, [member.recipient]))
        elif key == compartment.newest:
            raise ActionError(
                "not-a-member",
                f"Your key does not open the compartment {compartment.name!r}.",
                "Ask one of its members to do this.",
            )
    said = _member_said(recorder, compartment.id, member)
    return Act("compartment.join", (said,), reason="May open what is sealed to this compartment.")


def remove_member(
    recorder: Recorder, wraps: WrapFolder, compartment: Compartment, person: str, *, own: AgeIdentity
) -> Act:
    """Make a new key without a person, wrap it and every data key anew, and draft the entry.

    Record the act, then call :func:`finish_removal`. What the person has read or copied cannot be taken back.
    """
    left = [recipient for member, recipient in compartment.members.items() if member != person]
    if person not in compartment.members or not left:
        raise ActionError(
            "member",
            f"{person} cannot leave the compartment {compartment.name!r}.",
            "It must be a member, and not the last one.",
        )
    key = AgeIdentity.fresh(recorder.surroundings.randomness)
    wraps.put_all(_key_wraps(key, left))
    wraps.put_all(_renewed(wraps, compartment, key.recipient, own))
    said = [
        *_key_said(recorder, compartment.id, key, generation=compartment.newest.generation + 1),
        recorder.new_assertion(
            compartment.id,
            "compartment-left",
            {"person": person},
            relations=[Relation("retracts", id) for id in compartment.memberships[person]],
        ),
    ]
    return Act(
        "compartment.leave", tuple(said), reason="A new key; everything was wrapped again without the person."
    )


def finish_removal(wraps: WrapFolder, compartment: Compartment, *, own: AgeIdentity) -> Rewrapped:
    """Bring the wraps to what the journal says; run it after every change, and any time to catch up.

    Data keys wrapped to an older key are wrapped to the newest and the old wrap is destroyed; so are the wraps of
    compartment keys to people who are no members. A wrap that no key at hand opens is left alone and counted.
    """
    fresh = list(_renewed(wraps, compartment, compartment.newest.recipient, own))
    wraps.put_all(fresh)
    old = {key.name for key in compartment.keys[:-1]}
    replaced = {name.opens for name in wraps.for_key(compartment.newest.name)}
    stale = [name for name in wraps.all() if name.of_object and name.key in old]
    wraps.destroy(name for name in stale if name.opens in replaced)
    members = {fingerprint(recipient) for recipient in compartment.members.values()}
    keys = {key.name for key in compartment.keys}
    wraps.destroy([name for name in wraps.all() if name.opens in keys and name.key not in members])
    return Rewrapped(len(fresh), sum(name.opens not in replaced for name in stale))


def compartment_key(wraps: WrapFolder, name: str, own: AgeIdentity) -> AgeIdentity | None:
    """Return a compartment's secret key if it is wrapped to ``own``."""
    wrapped = wraps.get(WrapName(name, fingerprint(own.recipient)))
    return own.unwrap(wrapped) if wrapped is not None else None


def _renewed(
    wraps: WrapFolder, compartment: Compartment, recipient: str, own: AgeIdentity
) -> Iterator[tuple[WrapName, bytes]]:
    """Yield a wrap to ``recipient`` for every data key that is wrapped to another key of the compartment."""
    newest = fingerprint(recipient)
    keys = {key.name: compartment_key(wraps, key.name, own) for key in compartment.keys}
    done = {name.opens for name in wraps.for_key(newest)}
    for name in wraps.all():
        opener = keys.get(name.key)
        if name.of_object and name.opens not in done and name.key != newest and opener is not None:
            wrapped = wraps.get(name)
            if wrapped is not None:
                yield WrapName(name.opens, newest), opener.unwrap(wrapped).wrap_for(recipient)


def _key_wraps(key: AgeIdentity, recipients: list[str]) -> list[tuple[WrapName, bytes]]:
    name = fingerprint(key.recipient)
    return [(WrapName(name, fingerprint(to)), key.wrap_for(to)) for to in recipients]


def _key_said(recorder: Recorder, subject: str, key: AgeIdentity, *, generation: int) -> list[Assertion]:
    value = {"recipient": key.recipient, "generation": generation}
    return [recorder.new_assertion(subject, "compartment-key", value)]


def _member_said(recorder: Recorder, subject: str, member: Member) -> Assertion:
    value = {"person": member.person, "recipient": member.recipient}
    return recorder.new_assertion(subject, "compartment-member", value)
