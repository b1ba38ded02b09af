"""Chinese wording of the sandbox."""

MESSAGES = {
    "sandbox.too_large": "制度包太大：最多 {files} 个文件、合计 {mb} MB。请只打包制度包目录本身。",
    "sandbox.not_zip": "这不是可以打开的 ZIP 文件（不支持加密和分卷）。请把制度包目录重新压缩为 ZIP 后上传。",
    "sandbox.bad_path": "制度包中的文件“{name}”不能接受（不得是绝对路径、上级目录或链接）。请只用制度包目录本身的文件。",
    "sandbox.not_text": "文件“{name}”不是 UTF-8 文字。制度包只含 UTF-8 编码的 .yaml 文件，请另存后再试。",
    "sandbox.not_flat": "文件“{name}”用了引用（& 和 *）或嵌套过深，不能读取。请把内容逐处写全。",
    "sandbox.no_head": "没有找到 pack.yaml。请压缩制度包目录（其中直接有 pack.yaml）。",
    "sandbox.trial_missing": "没有这份试行草稿，或不在您的管辖范围内。",
    "sandbox.other_pack": "上传的是“{found}”的制度包，而选择的是“{label}”（{expected}）。请改选制度包，或上传对应的目录。",
    "sandbox.closed": "“{name}”{state}，不能再改。需要时请另建一份试行草稿。",
    "sandbox.changed_meanwhile": "{who} 在 {at:%Y-%m-%d %H:%M} 改过这份草稿，您的改动没有保存。请刷新看过对方的改动后再改。",
    "sandbox.not_readable": "草稿有 {count} 处错误，不能试算。第一处：{first}",
    "sandbox.no_document": "没有填写依据文件。采用须有已经印发的文件，请填写文号，例如 云发改〔2026〕1号。",
    "sandbox.not_clean": "草稿有 {count} 处须先改好才能采用。第一处：{first}",
    "sandbox.nothing_changed": "草稿与原制度包“{pack}”没有不同，无须采用。",
    "sandbox.not_replayed": "草稿改动后还没有试算。请先试算、看过结果再采用。",
    "sandbox.version_taken": "版本号 {version} 刚被另一份草稿采用。请再办理一次，会用下一个版本号。",
    "sandbox.base_changed": "建立草稿后，原制度包“{pack}”已经变化：当时为 {version}（内容摘要 {digest}），现为 {found}。"
    "请以现行版本另建草稿，看清差异后再采用。",
    "sandbox.other_day": "采用日期 {on} 早于草稿的假定施行日 {day}，那天{region}{found}，不是草稿的原版“{pack}”{version}。"
    "请把采用日期改为 {day} 或以后，或以 {on} 为假定施行日另建草稿。",
    "sandbox.no_day": "“{found}”不是日期。请写成 2026-03-01。",
    "sandbox.row_missing": "没有这一行，可能草稿又试算过；请回到草稿重新打开。",
}
