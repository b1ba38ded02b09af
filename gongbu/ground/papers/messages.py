"""Chinese wording of the papers' codes."""

MESSAGES = {
    "papers.not_found": "没有找到这份文书，或不在您的查看范围内。",
    "papers.no_series": (
        "“{unit}”还没有启用“{sort}”类的文号，文书没有签发。请先在“文号”中登记机关代字（如“云发改”），再签发 {year} 年的文书。"
    ),
    "papers.mark_taken": "机关代字“{mark}”在 {year} 年已由“{unit}”使用，同一区划内不能重复。请核对代字。",
    "papers.sort_taken": "{sorts}类文书今年已用 {series} 编号，一类文书只用一个文号序列。请核对“用于”。",
    "papers.bad_mark": "“{mark}”不能作机关代字：只写代字本身（如“云发改”），不含年份、括号、数字和“号”，不超过 30 字。",
    "papers.bad_year": "年份 {year} 不合理，请填四位年份。",
    "papers.bad_sorts": "请选择这个文号用于哪几类文书：{known}。",
    "papers.bad_last_number": "“已用到第几号”应为 0 至 99999 的整数，现为 {number}。",
    "papers.day_ahead": "成文日期 {on} 晚于今天（{today}），没有签发。成文日期是负责人签发的日期，请改正。",
    "papers.no_fonts": "本机没有中文字体，不能生成文书，没有编号。请系统管理员运行 gongbu doctor，按提示安装字体。",
    "papers.reason_needed": "请写明作废事由，它会显示在文书台账和回执上。",
    "papers.void_already": "{doc_no} 已于 {on} 作废（{reason}），不能重复作废。",
    "papers.changed": "{doc_no} 刚被他人改动，您的操作没有执行。请刷新后再决定。",
    "papers.field_unknown": "模板没有“{found}”这个字段，没有签发。可用字段：{known}。",
    "papers.field_missing": "请填写“{label}”。",
    "papers.field_type": "“{label}”的值类型不对（应为 {kind}），请核对。",
    "papers.too_long": "“{label}”有 {length} 字，超过 {limit} 字，请精简。",
    "papers.table_unknown": "模板没有“{found}”这张表，没有签发。可用的表：{known}。",
    "papers.table_missing": "没有给出“{label}”，没有签发。",
    "papers.table_empty": "“{label}”没有任何一行，没有签发。请先确认清单内容。",
    "papers.too_many_rows": "“{label}”有 {count} 行，超过 {limit} 行，请分成几份附件。",
    "papers.column_unknown": "“{label}”没有“{found}”这一列。可用的列：{known}。",
    "papers.cell_missing": "“{label}”第 {row} 行的“{column}”是空的，请补齐后再签发。",
    "papers.cell_type": "“{label}”第 {row} 行的“{column}”值类型不对，请核对。",
    "papers.title_long": "标题有 {length} 字，超过 {limit} 字。标题应准确简要，请精简。",
    "papers.no_template": "没有可由本单位手工拟制的文书模板。",
}
