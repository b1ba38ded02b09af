"""Chinese wording of the documents' codes."""

MESSAGES = {
    "documents.empty": "文件是空的（0 字节），没有保存。请检查原文件后重新上传。",
    "documents.dangerous": "不能收存{what}：它在打开时可能运行程序。没有保存。请转成 PDF 或图片后上传。",
    "documents.zip_bomb": "压缩包展开后过大，疑似压缩炸弹，没有保存。请分成几个小压缩包上传。",
    "documents.broken": "{what}已损坏或不完整，打不开，没有保存。请检查原文件后重新上传。",
    "documents.unknown_type": (
        "认不出这个文件的类型{guess}，没有保存。可收存 PDF、图片、OFD、WPS/Office、DWG/DXF、IFC、压缩包、视频和文本。"
    ),
    "documents.too_large": "文件超过上限 {limit}，没有保存。请压缩或分卷后上传。",
    "documents.truncated": "文件没有传完：收到 {got}，应为 {expected}。没有保存，请重新上传。",
    "documents.secret": (
        "标题、文件名或公开内容触发涉密拦截规则“{rule}”，没有保存，也没有留下任何内容。本系统不存储、不处理涉密材料，请按保密规定线下办理；"
        "确属误写的，请改正标题、文件名或公开内容后重新上传。"
    ),
    "documents.secret_member": (
        "压缩包内的文件名或文件夹名触发涉密拦截规则“{rule}”，没有保存，也没有留下任何内容。本系统不存储、不处理涉密材料，请按保密规定线下办理；"
        "确属误写的，请改正包内名称后重新打包上传。"
    ),
    "documents.disk_full": "服务器磁盘空间不足，文件没有保存。请联系系统管理员清理空间后重试。",
    "documents.content_missing": "文件内容不在存储中（摘要 {digest}…）。记录还在，请联系系统管理员从备份找回。",
    "documents.not_found": "没有找到这份材料，或不在您的查看范围内。",
    "documents.unknown_kind": "没有“{kind}”这个归档类别，请重新选择。",
    "documents.unknown_access": "没有“{access}”这个访问级别，请重新选择。",
    "documents.changed": "这份材料已由{by}在 {at} 更新为第 {number} 版。您的操作没有执行，请刷新后再决定。",
    "documents.withdrawn": "这份材料已撤回（{reason}），不能再替换或撤回。",
    "documents.reason_needed": "请写明撤回原因。",
    "documents.same_content": "上传的文件与现行版本内容完全相同，没有新增版本。",
    "documents.upload_not_found": "没有找到这次上传，可能已过期。请重新选择文件上传。",
    "documents.upload_unfinished": "“{name}”还没有传完，请等上传完成后再提交。",
    "documents.upload_busy": "这个文件正在另一个窗口上传，请等它完成。",
    "documents.upload_offset": "续传位置不一致：服务器已收到 {expected} 字节，请从那里继续。",
    "documents.too_many_uploads": "未完成的上传已有 {limit} 个，请先完成或取消其中一些。",
    "documents.nothing_chosen": "请先选择要上传的文件。",
    "documents.no_preview": "此格式暂不能预览，请下载后查看。",
    "documents.preview_failed": "这份文件无法生成预览（可能加密或损坏），请下载后查看。",
}

FLAGS = {
    "extension_mismatch": "扩展名与内容不符",
    "has_macros": "含宏",
    "encrypted": "已加密",
    "contains_programs": "压缩包内含程序或网页",
}
