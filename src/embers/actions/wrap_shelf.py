"""The wraps of a case folder as an exchange sees them: the journal says which have a right to exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.custody.compartment import Compartment, compartments
from embers.journal.erasure import erased_objects
from embers.journal.journal import Journal
from embers.objects.age_key import fingerprint
from embers.objects.wraps import WrapFolder, WrapName
from embers.projections.view import ProjectedCase
from embers.sync.wrap_exchange import Wrapped


@dataclass(frozen=True, slots=True)
class WrapRules:
    """What the entries of a case say about wraps: which objects are erased, and whose each compartment key is."""

    erased: frozenset[str]
    compartments: Mapping[str, Compartment]

    def known(self, name: WrapName) -> bool:
        """Tell whether the journal has a place for a wrap: a key of a compartment, for an object or a member."""
        if name.of_object:
            return name.opens not in self.erased and name.key in self.compartments
        return name.opens in self.compartments and name.key in self._members(name.opens)

    def outdated(self, name: WrapName, wraps: WrapFolder) -> bool:
        """Tell whether the journal says that a wrap must not exist any more.

        A wrap to an older key stays until the object is wrapped to the newest: else nobody could open it again. A wrap
        the journal does not speak of yet is left alone: what tells of it may still be on its way.
        """
        if not name.of_object:
            return name.opens in self.compartments and name.key not in self._members(name.opens)
        if name.opens in self.erased:
            return True
        compartment = self.compartments.get(name.key)
        if compartment is None or compartment.newest.name == name.key:
            return False
        return wraps.get(WrapName(name.opens, compartment.newest.name)) is not None

    def _members(self, key: str) -> set[str]:
        return {fingerprint(recipient) for recipient in self.compartments[key].members.values()}


class CaseShelf:
    """The wraps of one case folder. The rules are read anew whenever the journal has grown."""

    def __init__(self, folder: CaseFolder, journal: Journal) -> None:
        self._folder = folder
        self._journal = journal
        self._wraps = folder.wraps()
        self._read_at = -1
        self._rules = WrapRules(frozenset(), {})

    def held(self) -> list[WrapName]:
        """Return the wraps here that have a right to exist."""
        rules = self.rules()
        names = self._wraps.all()
        return [name for name in names if rules.known(name) and not rules.outdated(name, self._wraps)]

    def get(self, name: WrapName) -> bytes | None:
        """Return one wrap."""
        return self._wraps.get(name)

    def take(self, wraps: Sequence[Wrapped]) -> int:
        """Keep those that have a right to exist and are not here; return how many were new."""
        rules = self.rules()
        known = [one for one in wraps if rules.known(one[0])]
        taken = 0
        for newest in (
            True,
            False,
        ):  # first those to newest keys: they decide whether one to an older key is needed
            part = [one for one in known if self._newest(one[0], rules) == newest]
            taken += self._wraps.put_all(one for one in part if not rules.outdated(one[0], self._wraps))
        return taken

    def opens(self, sha256: str) -> bool:
        """Tell whether wrapped keys are here by which a member can open a sealed object."""
        return any(self._wraps.has_member(name.key) for name in self._wraps.of_object(sha256))

    def flush(self) -> None:
        """Put every wrap that can be seen here on stable storage."""
        self._wraps.flush()

    def outdated(self, names: Iterable[WrapName]) -> list[WrapName]:
        """Return those of these wraps that the journal says must not exist any more."""
        rules = self.rules()
        return [name for name in names if rules.outdated(name, self._wraps)]

    def tidy(self) -> int:
        """Destroy the wraps here that must not exist any more; return how many there were."""
        return self._wraps.destroy(self.outdated(list(self._wraps.all())))

    def rules(self) -> WrapRules:
        """Return the rules as of the newest entry."""
        last = self._journal.store.last_position()
        if last != self._read_at:
            every: dict[str, Compartment] = {}
            if last:
                view = ProjectedCase(self._folder.projection())
                found = compartments(view, self._journal.roster())
                every = {key.name: one for one in found.values() for key in one.keys}
            self._rules = WrapRules(frozenset(erased_objects(self._journal.store)), every)
            self._read_at = last
        return self._rules

    @staticmethod
    def _newest(name: WrapName, rules: WrapRules) -> bool:
        compartment = rules.compartments.get(name.key)
        return compartment is None or compartment.newest.name == name.key
