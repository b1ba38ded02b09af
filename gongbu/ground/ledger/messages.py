"""Chinese wording of the ledger's codes."""

MESSAGES = {
    "ledger.already_recorded": (
        "这件事已于 {recorded_at:%Y-%m-%d %H:%M} 记入账本（第 {entry} 号记录），没有重复办理。请查看原结果。"
    ),
    "ledger.key_reused": "这个 Idempotency-Key 已用于另一个请求（地址或内容不同），本次没有办理；"
    "新的请求请换新的键，重发原请求须内容相同。",
    "ledger.simulated_clock": "模拟时钟下办理的事项只能记入演示版账本。本安装不是演示版，未记录任何内容。",
    "ledger.book_not_empty": "账本已有记录，不能再设为演示版。演示版只能在首次初始化时设定，请另用一个空的数据目录。",
    "ledger.corrects_unknown": "要更正的第 {entry} 号记录不存在，请核对后重新提交。",
    "ledger.nothing_lost": "账本不比另存的树头旧，没有需要确认的丢失。",
    "ledger.key_must_change": "丢失的树头是用现在的签名密钥 {key} 签的，接着用它会签出两个不同的树头。请先在密码机中换用新的密钥，再确认丢失。",
    "ledger.receipt_lost": "没有找到编号为 {typed} 的回执。{notices}您持有的回执若在此段，请保存好原件和下载的凭证，"
    "向出具单位提出补录；也请核对纸面编号，编号共 12 位，不含字母 I、L、O、U。",
    "ledger.head_unknown": "没有记录数为 {typed} 的两个树头，或者先后颠倒。请从树头清单里选，较早的在前。",
    "ledger.month_unknown": "{year} 年 {month} 月没有树头。请从树头清单里选月份。",
    "ledger.verifier_not_built": (
        "本平台没有构建单页核验程序，没有可以下载的文件。请用命令 gongbu receipt verify 核验凭证，或告知系统管理员重新构建前端。"
    ),
    "ledger.receipt_unknown": "没有找到编号为 {typed} 的回执。请核对纸面编号；编号共 12 位，不含字母 I、L、O、U。",
    "ledger.receipt_malformed": "“{typed}”不是有效的回执编号（校验位不符）。请对照纸面逐位核对，编号共 12 位。",
    "ledger.too_many_lookups": "查询过于频繁，请 {seconds} 秒后再试。",
}
