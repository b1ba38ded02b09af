"""The formats the archive takes, by content. Pure: judges bytes, never the name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format: Chinese label, media type, extensions that fit it, and how it can be previewed ("" if it cannot)."""

    code: str
    label: str
    media_type: str
    extensions: frozenset[str]
    preview: str = ""


def _format(code: str, label: str, media_type: str, extensions: str, preview: str = "") -> tuple[str, Format]:
    return code, Format(code, label, media_type, frozenset(extensions.split()), preview)


_OOXML = "application/vnd.openxmlformats-officedocument"
FORMATS: dict[str, Format] = dict(
    [
        _format("PDF", "PDF 文档", "application/pdf", "pdf", "pdf"),
        _format("PNG", "PNG 图片", "image/png", "png", "image"),
        _format("JPEG", "JPEG 图片", "image/jpeg", "jpg jpeg jpe", "image"),
        _format("GIF", "GIF 图片", "image/gif", "gif", "image"),
        _format("BMP", "BMP 图片", "image/bmp", "bmp", "image"),
        _format("TIFF", "TIFF 图片", "image/tiff", "tif tiff", "image"),
        _format("WEBP", "WebP 图片", "image/webp", "webp", "image"),
        _format("OFD", "OFD 版式文档", "application/ofd", "ofd"),
        _format("DOCX", "Word 文档", f"{_OOXML}.wordprocessingml.document", "docx dotx"),
        _format("XLSX", "Excel 工作簿", f"{_OOXML}.spreadsheetml.sheet", "xlsx xltx"),
        _format("PPTX", "演示文稿", f"{_OOXML}.presentationml.presentation", "pptx ppsx potx"),
        _format("DOCM", "含宏的 Word 文档", "application/vnd.ms-word.document.macroenabled.12", "docm docx"),
        _format("XLSM", "含宏的 Excel 工作簿", "application/vnd.ms-excel.sheet.macroenabled.12", "xlsm xlsb"),
        _format("PPTM", "含宏的演示文稿", "application/vnd.ms-powerpoint.presentation.macroenabled.12", "pptm ppsm"),
        _format("ODF", "开放文档", "application/vnd.oasis.opendocument", "odt ods odp"),
        _format("DOC", "Word 97 或 WPS 文字", "application/msword", "doc wps wpt dot"),
        _format("XLS", "Excel 97 或 WPS 表格", "application/vnd.ms-excel", "xls et ett xlt"),
        _format("PPT", "演示 97 或 WPS 演示", "application/vnd.ms-powerpoint", "ppt dps dpt pps"),
        _format("ENCRYPTED_OFFICE", "加密的办公文档", "application/octet-stream", "docx xlsx pptx doc xls ppt"),
        _format("RTF", "RTF 文档", "application/rtf", "rtf doc"),
        _format("DWG", "DWG 图纸", "image/vnd.dwg", "dwg dwt"),
        _format("DXF", "DXF 图纸", "image/vnd.dxf", "dxf"),
        _format("IFC", "IFC 模型", "application/x-step", "ifc"),
        _format("ZIP", "ZIP 压缩包", "application/zip", "zip"),
        _format("RAR", "RAR 压缩包", "application/vnd.rar", "rar"),
        _format("SEVEN_ZIP", "7z 压缩包", "application/x-7z-compressed", "7z"),
        _format("MP4", "视频", "video/mp4", "mp4 m4v mov 3gp"),
        _format("XML", "XML 数据", "application/xml", "xml kml gml"),
        _format("TEXT", "文本", "text/plain", "txt csv json geojson md log"),
    ]
)

# Never taken, whatever their content: Windows or a browser would run them on a double click.
_DANGEROUS = """
exe dll com scr bat cmd msi msp ps1 psm1 vbs vbe js jse wsf wsh hta lnk url reg jar class apk app sh bash py pyc
html htm xhtml shtml mht mhtml svg svgz swf chm cpl inf iso img vhd xll xlam application gadget scf
"""
DANGEROUS_EXTENSIONS = frozenset(_DANGEROUS.split())
