"""储备库: what a county plans, from the township's declaration to the general library.

Borders, for the rooms that build on this one:

- One :class:`~gongbu.mainline.reserve.models.ReserveFile` per project whichever libraries hold it; its flat columns are
  what lists, boards and selections read. One ``LibraryEntry`` per project and library, with the path it goes.
- Everything the county fixes (steps, check points, targets, chains, months, indicators) comes from its adopted packs
  through :mod:`gongbu.mainline.reserve.system`; a county without such a pack has no libraries, and says why.
- Write through ``services``: declare, resubmit, preliminary_check, chain_leader_review, leading_group_review, admit,
  return_entry, refuse, select, renew, withdraw, transfer, set_targets, open_libraries, change_keeper, close_library.
- Read through ``queries`` (``list_files``, ``get_file``, ``list_entries``, ``list_targets``) and ``board``.
- Listen to ``reserve.declared``, ``reserve.step_passed``, ``reserve.admitted``, ``reserve.selected``,
  ``reserve.returned``, ``reserve.refused``, ``reserve.withdrawn``, ``reserve.renewed`` in the outbox; the subject is the
  project, ``data`` names ``entry``, ``library`` and ``kind``.
- Matters of readiness that a later room knows (可研批复, 用地预审 …) are added with ``readiness.add_matter``; they are
  preparatory unless it says that they are facts of the file.
- 入库优先事项 (专班调度, 前期费 …) that a later room knows are added with ``priorities.add_source``; until then the 发改
  office records them (``services.set_priority``).
- A meeting of the leading group (预判预审) decides by itself: see ``group`` and ``services.settle_by_group``.
"""
