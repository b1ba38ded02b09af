"""Acts on experts: the pool, draws with answers and replacements, reviews and appraisals."""

from gongbu.ground.experts.services.drawing import (
    draw_experts,
    make_draw,
    open_draw,
    replace,
    respond,
    void_draw,
)
from gongbu.ground.experts.services.pool import (
    add_relation,
    end_relation,
    erase_expert,
    publish_batch,
    register_expert,
    register_many,
    resume_expert,
    retire_expert,
    suspend_expert,
    update_expert,
)
from gongbu.ground.experts.services.reviewing import appraise, record_review

__all__ = [
    "add_relation", "appraise", "draw_experts", "end_relation", "erase_expert", "make_draw", "open_draw", "publish_batch",
    "record_review", "register_expert", "register_many", "replace", "respond", "resume_expert", "retire_expert",
    "suspend_expert", "update_expert", "void_draw",
]  # fmt: skip
