"""账本 ledger: the append-only book of acts, its Merkle tree, signed heads, receipts and their verification."""

from gongbu.ground.ledger.refusals import AlreadyRecorded

__all__ = ["AlreadyRecorded"]
