"""Chinese wording of the sandbox."""

MESSAGES = {
    "sandbox.too_large": "制度包太大：最多 {files} 个文件、合计 {mb} MB。请只打包制度包目录本身。",
    "sandbox.not_zip": "这不是可以打开的 ZIP 文件（不支持加密和分卷）。请把制度包目录重新压缩为 ZIP 后上传。",
    "sandbox.bad_path": "压缩包中的文件名“{name}”不能接受（不得是绝对路径、上级目录或链接）。请在制度包目录上直接压缩。",
    "sandbox.not_text": "文件“{name}”不是 UTF-8 文字。制度包只含 UTF-8 编码的 .yaml 文件，请另存后再试。",
    "sandbox.no_head": "没有找到 pack.yaml。请压缩制度包目录（其中直接有 pack.yaml）。",
}
