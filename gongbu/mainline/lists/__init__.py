"""项目清单: the year's lists of a county, drafted by criteria, settled in a meeting, laid open, issued with a number.

Other rooms read :func:`queries.list_issued` and the fact ``project_lists``; they listen to ``list.settled``,
``list.issued``, ``list.unissued`` (its paper was voided) and ``list.withdrawn`` in the outbox.
"""
