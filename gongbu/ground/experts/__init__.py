"""专家库 experts: a pool with specialties and 回避, random draws that anybody can compute again, reviews and appraisal.

How another room draws experts
==============================
::

    from gongbu.ground.experts import queries, services
    from gongbu.ground.experts.entry import AvoidList, NewDraw
    from gongbu.ground.experts.rules.drawing import Need

    draw = services.open_draw(                                   # binds the seed; a person draws on the draw's page
        new=NewDraw("储备项目遴选评分", Subject("reserve_round", 7, region_key, "2027年遴选"),
                    needs=(Need("ECONOMICS", 2, 1), Need("MUNICIPAL", 3, 1)),
                    avoid=AvoidList(unit_ids=(31,), people=("何志远",))),
        actor=actor, key="reserve:round:7")
    services.draw_experts(…same arguments…, actor=actor)         # or both steps at once
    queries.list_seats_of("reserve_round", 7)                    # who sits, as what, his account if he has one

Acts on a seat tell ``expert.seat_changed`` under the draw's subject (``draw``, ``seat``, ``state``, ``expert``,
``person``: the account of the expert or None), a draw ``expert.drawn``, a voided one ``expert.draw_voided``.

Names, phones and identity numbers never enter the book: an expert is his number there (专家 ZJ000012). Phones and identity
numbers lie in a table of their own that can be erased.
"""
