"""What is said of one exhibit file in load files, CASE exports and completeness reports: one flat record."""

from __future__ import annotations

from dataclasses import dataclass

from embers.custody.chain import Chain


@dataclass(frozen=True, slots=True)
class ExhibitRow:
    """One file of one exhibit with the item it belongs to. ``path`` is below the dossier's folder."""

    number: str
    item: str
    path: str
    name: str
    title: str
    media: str
    size: int
    sha256: str
    role: str
    entry: str
    chain: Chain
    source: str = ""
    method: str = ""
    licence: str = ""
    warnings: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()

    def cell(self, field: str) -> str:
        """Return a field as text; an unknown one is an empty cell."""
        known = {
            "number": self.number,
            "path": self.path,
            "name": self.name,
            "title": self.title,
            "media": self.media,
            "size": str(self.size),
            "sha256": self.sha256,
            "role": self.role,
            "entry": self.entry,
            "proof": f"data/proofs/{self.entry}.tlog-proof",
            "source": self.source,
            "method": self.method,
            "licence": self.licence,
            "received": next((one.claimed_at for one in self.chain.steps), ""),
            "custodian": self.chain.holder,
            "custody": self.custody,
            "gaps": " ".join((*self.chain.gaps, *self.chain.discrepancies)),
            "warnings": " ".join(self.warnings),
            "parents": "; ".join(self.parents),
            "redacted": "yes" if self.role == "redacted" else "no",
        }
        return known.get(field, "")

    @property
    def custody(self) -> str:
        """The chain of custody as one line."""
        return "; ".join(
            f"{one.claimed_at} {one.step}{f' ({one.phase})' if one.phase else ''} by {one.signer}"
            for one in self.chain.steps
        )
