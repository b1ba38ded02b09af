"""会商 meetings: who was asked, who came, what was put, what was settled; a receipt for the minutes.

The room knows nothing of projects: an item is about ``subject_kind`` and ``subject_id``. How another room uses it
=================================================================================================================
::

    from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting
    from gongbu.ground.meetings import queries, services

    meeting = services.call_meeting(
        new=NewMeeting("SPECIAL", "储备项目审定专题会", region.pk, held_on=day, place="二楼会议室",
                       attendees=(NewAttendee(unit_id=7),),
                       items=(NewItem("青岚县中医院", subject_kind="project", subject_id=12, region_key=key),)),
        actor=actor, key="reserve:2027:review")                     # the same key returns the first meeting
    services.add_item(meeting_id=meeting.pk, item=NewItem(…, key="reserve:entry:12"), actor=actor)
    queries.list_items_of("project", 12)                            # what meetings said about it, newest first

Then people work on the meeting's page. Closing puts into the outbox, in its own transaction, one
``meeting.item_resolved`` for each item, under the item's subject: ``meeting``, ``item``, ``resolution`` (a code of
``AgendaItem.Resolution``), ``text``, ``conditions``, ``due_on``, ``responsible_unit``, ``held_on``, ``receipt``. A
correction after closing tells ``meeting.item_corrected`` (with ``was``); an item taken off the agenda, or a meeting
cancelled, tells ``meeting.item_withdrawn``. Each closing and correction also enters the book under the item's subject,
so that its timeline shows what was settled.

A room that wants its subjects found in the item form offers them: ``registers.subjects.offer("project", "项目", find, "projects:show")``.
More kinds of meeting: ``kinds.register("SITE_VISIT", "现场会", 55)``.
"""
