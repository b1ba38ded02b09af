"""Chinese names of entry kinds, for receipts and timelines. An act's own name needs no entry here."""

from collections.abc import Mapping

from gongbu.ground.basics.act import all_acts

_LABELS: dict[str, str] = {"ledger.demo_edition": "设为演示版", "ledger.restored": "确认恢复备份造成的丢失"}


def register(labels: Mapping[str, str]) -> None:
    """Name kinds that differ from the name of the act that writes them (called from ``AppConfig.ready``)."""
    _LABELS.update(labels)


def label(kind: str) -> str:
    """Return the name of a kind: registered, else the label of the act of the same name, else the kind itself."""
    if kind in _LABELS:
        return _LABELS[kind]
    act = all_acts().get(kind)
    return act.label if act else kind
