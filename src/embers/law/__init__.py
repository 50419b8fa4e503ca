"""Instruments, applicability, elements, the support ledger."""
