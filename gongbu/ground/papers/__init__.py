"""文书 papers: numbered official papers from pack templates, set as PDF and DOCX after GB/T 9704-2012.

Another room issues a paper inside its own act::

    paper = papers.services.issue_paper(
        kind="county_reserve.major_list",              # key of a template in a pack (packs/*/papers/*.yaml)
        subject=Subject("project_list", row.pk, row.region_key, row.title),
        unit_id=bureau.pk,                             # 发文机关; its 文号 series of the template's sort must be open
        fields={"year": 2026, "list_name": …},         # typed: dates as date, amounts in fen, ratios as Decimal
        tables={"projects": [{"name": …, "total_fen": …}, …]},
        actor=actor, on=on,                            # 成文日期
    )                                                  # → Paper: doc_no, receipt, pdf_id, docx_id
"""
