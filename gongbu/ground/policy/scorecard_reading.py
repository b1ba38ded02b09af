"""Read a scorecard file: weights sum to one, guides lie on the scale, the lists of the source are all there."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.reading import Document
from gongbu.ground.policy.rules.dated import Parameter
from gongbu.ground.policy.rules.scorecards import (
    MARK_SCALE,
    Aggregate,
    Dimension,
    Form,
    Holding,
    Level,
    Scale,
    Scorecard,
    Sensitivity,
    Step,
    Use,
)
from gongbu.ground.policy.rules.values import Confidence, plain
from gongbu.ground.policy.schemas import ScorecardIn
from gongbu.ground.policy.table_reading import plain as plain_record

if TYPE_CHECKING:
    from gongbu.ground.policy.loading import _PackReader

MOST_TIMES = 10_000


def build_scorecard(
    reader: "_PackReader", document: Document, parameters: Mapping[str, Parameter]
) -> tuple[Scorecard | None, dict[str, Any]]:
    """Return the card of a file and its canonical record, or None with the reader's faults filled."""
    from gongbu.ground.policy.loading import content_hash

    shape = reader._shape(ScorecardIn, document)
    if shape is None:
        return None, {}
    before = len(reader.faults)
    # Canonical JSON and jsonb keep no order of keys, and here it counts: for sheets, ties and the checklist.
    order = {"dimensions": list(shape.dimensions), "steps": list(shape.steps)}
    record = {"kind": "scorecard", "order": order, **plain_record(document.content)}
    basis = reader.basis(shape.basis, document, ("basis",), shape.effective_from)
    card = _card(shape, basis, content_hash(record), document.file, document.line(("key",)))
    _check_scale(reader, document, card)
    _check_weights(reader, document, card)
    _check_guides(reader, document, card)
    _check_scorers(reader, document, card)
    _check_sensitivity(reader, document, card)
    labels = [one.label for one in card.dimensions]
    _check_list(reader, document, shape, parameters, "dimensions", shape.dimensions_of, labels)
    _check_list(reader, document, shape, parameters, "steps", shape.steps_of, [one.label for one in card.steps])
    for step in card.steps:
        if step.holds and step.form is not Form.VISIT:
            reader._at(
                document, ("steps", step.key, "holds"), "只有现场踏勘的步骤可以写 holds", "删去，或把 form 改为 VISIT"
            )
        if step.parties_of and step.parties_of not in parameters:
            place = ("steps", step.key, "parties_of")
            reader._at(document, place, f"本包没有参数 {step.parties_of}", "改为本包的 texts 参数，或删去")
    return (card, record) if len(reader.faults) == before else (None, {})


def card_of_record(record: Mapping[str, Any], digest: str) -> Scorecard:
    """Return the card of an archived record: what was applied, when the installed pack has moved on.

    The record knows its instrument by the pack's short name only.
    """
    content = {key: value for key, value in record.items() if key not in ("kind", "order")}
    for name, keys in record["order"].items():
        content[name] = {key: content[name][key] for key in keys} if keys else {}
    shape = ScorecardIn.model_validate(content)
    return _card(shape, Basis(shape.basis.instrument, shape.basis.article or ""), digest)


def _card(shape: ScorecardIn, basis: Basis, digest: str, file: str = "", line: int = 1) -> Scorecard:
    return Scorecard(
        key=shape.key,
        label=shape.label,
        use=Use(shape.use),
        effective_from=shape.effective_from,
        basis=basis,
        confidence=Confidence(shape.confidence),
        scale=Scale(Decimal(shape.scale.lowest), Decimal(shape.scale.highest), Decimal(shape.scale.step)),
        dimensions=tuple(
            Dimension(
                key,
                item.label,
                Decimal(item.weight),
                item.asks or "",
                tuple(Level(Decimal(level.lowest), level.level, level.text or "") for level in item.guide),
            )
            for key, item in shape.dimensions.items()
        ),
        roles=tuple(shape.scorers.roles),
        takes_experts=shape.scorers.experts == "allowed",
        at_least=int(shape.scorers.at_least),
        aggregate=Aggregate(shape.aggregate.by),
        trim=int(shape.aggregate.trim),
        places=int(shape.aggregate.places),
        pass_mark=None if shape.pass_mark is None else Decimal(shape.pass_mark),
        spread_noted=None if shape.spread_noted is None else Decimal(shape.spread_noted),
        ties=tuple(shape.ties),
        steps=tuple(
            Step(
                key,
                item.label,
                Form(item.form),
                tuple(item.roles),
                item.parties_of or "",
                item.need == "REQUIRED",
                frozenset(map(Holding, item.holds)),
            )
            for key, item in shape.steps.items()
        ),
        sensitivity=Sensitivity(
            Decimal(shape.sensitivity.vary), int(shape.sensitivity.times), int(shape.sensitivity.seed)
        ),
        note=shape.note or "",
        from_note=shape.from_note or "",
        hash=digest,
        file=file,
        line=line,
    )


def _check_scale(reader: "_PackReader", document: Document, card: Scorecard) -> None:
    scale = card.scale
    if scale.lowest >= scale.highest:
        reader._at(document, ("scale", "highest"), f"最高分 {scale.highest} 不高于最低分 {scale.lowest}", "核对分值")
    elif not scale.step or (scale.highest - scale.lowest) % scale.step:
        reader._at(document, ("scale", "step"), f"按 {scale.step} 分一档，走不到最高分 {scale.highest}", "核对分档")
    for name, value in (("lowest", scale.lowest), ("step", scale.step)):
        if (value * MARK_SCALE) % 1:
            reader._at(document, ("scale", name), f"{value} 细于百分之一分", "最多两位小数")
    if card.pass_mark is not None:
        if not scale.holds(card.pass_mark):
            text = f"及格分 {card.pass_mark} 不在 {scale.lowest} 至 {scale.highest} 之间"
            reader._at(document, ("pass_mark",), text, "核对及格分")
        elif (card.pass_mark * 10**card.places) % 1:
            text = f"及格分 {card.pass_mark} 的小数多于 aggregate.places（{card.places} 位）"
            reader._at(document, ("pass_mark",), text, "减少小数，或增加 places")


def _check_weights(reader: "_PackReader", document: Document, card: Scorecard) -> None:
    total = sum((one.weight for one in card.dimensions), Decimal(0))
    for one in card.dimensions:
        if not one.weight:
            reader._at(document, ("dimensions", one.key, "weight"), f"{one.label}的权重是 0", "删去此维度，或写出权重")
    if total != 1:
        said = " + ".join(plain(one.weight) for one in card.dimensions)
        over = "多" if total > 1 else "少"
        found = f"权重之和是 {plain(total)}，不是 1（{said}）"
        reader._at(document, ("dimensions",), found, f"改正权重，{over}了 {plain(abs(total - 1))}")


def _check_guides(reader: "_PackReader", document: Document, card: Scorecard) -> None:
    for one in card.dimensions:
        for index, level in enumerate(one.guide):
            place = ("dimensions", one.key, "guide", index, "from")
            if not card.scale.holds(level.lowest):
                text = f"{level.name}自 {level.lowest} 分起，不在 {card.scale.lowest} 至 {card.scale.highest} 之间"
                reader._at(document, place, text, "核对分值")
            elif index and level.lowest >= one.guide[index - 1].lowest:
                reader._at(document, place, "档次没有从高到低排列", "高分档写在前面")
        if one.guide and one.guide[-1].lowest != card.scale.lowest and card.scale.holds(one.guide[-1].lowest):
            place = ("dimensions", one.key, "guide", len(one.guide) - 1, "from")
            reader._at(
                document, place, f"{one.guide[-1].lowest} 分以下没有档次", f"最末一档自 {card.scale.lowest} 分起"
            )


def _check_scorers(reader: "_PackReader", document: Document, card: Scorecard) -> None:
    if not card.roles and not card.takes_experts:
        reader._at(document, ("scorers",), "没有写明由谁评分", "写出 roles，或 experts: allowed")
    if card.at_least < 1:
        reader._at(document, ("scorers", "at_least"), "至少要有 1 人评分", "写出人数")
    if card.aggregate is Aggregate.MEAN and card.trim:
        reader._at(document, ("aggregate", "trim"), "MEAN 不去最高分和最低分", "删去 trim，或改为 TRIMMED_MEAN")
    elif card.aggregate is Aggregate.TRIMMED_MEAN and not card.trim:
        reader._at(document, ("aggregate", "trim"), "没有写明去掉几个最高分和最低分", '写出 trim，如 "1"')
    elif card.at_least and card.at_least <= 2 * card.trim:
        text = f"{card.at_least} 人评分去掉 {card.trim} 个最高分和 {card.trim} 个最低分后没有剩余"
        reader._at(document, ("scorers", "at_least"), text, "增加人数，或减少 trim")
    known = card.by_key
    for index, key in enumerate(card.ties):
        if key not in known:
            reader._at(document, ("ties", index), f"没有维度 {key}", f"改为：{'、'.join(known)}")


def _check_sensitivity(reader: "_PackReader", document: Document, card: Scorecard) -> None:
    shake = card.sensitivity
    if not 0 < shake.vary < 1:
        reader._at(document, ("sensitivity", "vary"), f"{shake.vary} 不在 0 和 1 之间", '写成比例，如 "0.20"')
    if not 1 <= shake.times <= MOST_TIMES:
        text = f"{shake.times} 次不在 1 至 {MOST_TIMES} 之间"
        reader._at(document, ("sensitivity", "times"), text, "改为合适的次数")
    if shake.seed >= 2**32:
        reader._at(document, ("sensitivity", "seed"), "种子过大", "改为较小的整数")


def _check_list(
    reader: "_PackReader",
    document: Document,
    shape: ScorecardIn,
    parameters: Mapping[str, Parameter],
    what: str,
    key: str | None,
    labels: Sequence[str],
) -> None:
    """The labels are those of the parameter that transcribes the source, none missing and none added."""
    words = {"dimensions": "维度", "steps": "步骤"}[what]
    for index, label in enumerate(labels):
        if label in labels[:index]:
            reader._at(document, (what,), f"{words}“{label}”写了两次", "删去重复的一处")
    if key is None:
        return
    place = (f"{what}_of",)
    version = parameters[key].pick(shape.effective_from) if key in parameters else None
    if version is None or not isinstance(version.value, tuple):
        reader._at(document, place, f"本包没有 {shape.effective_from} 起有效的清单参数 {key}", "改为本包的 texts 参数")
        return
    listed = [str(item) for item in version.value]
    missing = [item for item in listed if item not in labels]
    added = [item for item in labels if item not in listed]
    if missing:
        text = f"缺少{words}{'、'.join(missing)}（{parameters[key].label}，{version.basis}）"
        reader._at(document, (what,), text, f"补上全部{words}")
    if added:
        reader._at(document, (what,), f"{'、'.join(added)}不在{parameters[key].label}中", "删去，或改正名称")
