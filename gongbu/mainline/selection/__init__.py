"""遴选: what must be planned, reviewed, met about and looked at on the spot before a project is scored; then scoring.

Borders, for the rooms that build on this one:

- Steps (三谋两审一踏勘) and how marks become a ranking are a scorecard of the county's packs (``policy`` room); a round
  pins the version it was opened under.
- Read through ``queries``: ``get_ranking(round_id)`` returns a settled round's ranking, best first, and refuses while it is
  not settled; ``list_settled(region_key, year=…)`` which there are; ``get_checklist(project)`` the steps of a project.
- Listen to ``selection.settled``, ``selection.reopened``, ``selection.cancelled`` in the outbox (subject
  ``selection_round``) and ``selection.step_recorded`` (subject the project, ``data`` names ``step`` and ``record``).
- A special meeting reports by itself: an agenda item that :func:`services.put_to_meeting` put on leaves the record of the
  step when the meeting is closed.
- Marks are secret until the round is settled: the book holds a salted digest of every sheet, and the settling reveals
  marks and salts, so that anybody who may read them can compute the digests again (``services.verify``).
"""
