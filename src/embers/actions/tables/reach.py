"""What a table may speak of: the facts of a case, never its keys, roles, custody or protection."""

from __future__ import annotations

from embers.vocabulary.terms import Predicate

#: Kinds whose records are made by their own actions only.
_KEPT_KINDS = frozenset(
    {
        "case",
        "device",
        "item",
        "compartment",
        "erasure",
        "report",
        "exhibit",
        "scene",
        "finding",
        "element-link",
    }
)
#: What is said of persons, or of anything, by the machinery of keys, roles, sealing and review.
_KEPT_PREDICATES = frozenset(
    {
        *(
            "signing-key",
            "signing-key-root",
            "signing-key-keeper",
            "signing-key-ended",
            "log-key",
            "log-key-limit",
        ),
        *(
            "log-key-follows",
            "log-key-cosigner",
            "staff-code",
            "role-given",
            "role-taken-back",
            "record-read",
        ),
        *("second-factor-for", "encryption-key", "compartment-name", "compartment-key", "compartment-member"),
        *("compartment-left", "item-sealed", "sealed-access", "erasure-request", "erasure-approval"),
        *("erasure-order", "erasure-done", "legal-hold", "legal-hold-released", "kept-in", "time-stamp"),
        *(
            "audit-result",
            "audit-problem",
            "audit-remote",
            "object-repaired",
            "bytes-given-up",
            "signed-answer",
        ),
        *("same-as", "identity-judgement", "consent", "device-name", "report-text", "report-rests-on"),
    }
)


def within_reach(kind: str, predicate: Predicate) -> bool:
    """Tell whether a table may say this of a subject of this kind; what is sealed never travels in a table."""
    return (
        kind not in _KEPT_KINDS and predicate.id not in _KEPT_PREDICATES and predicate.sensitivity != "sealed"
    )


def kind_within_reach(kind: str) -> bool:
    """Tell whether a table may speak of a kind at all."""
    return kind not in _KEPT_KINDS
