"""Files of every sort, made in memory; and the people who bring them."""

import io
import struct
import zipfile

from gongbu.ground.orgs.actor import Actor, GrantScope

COUNTY = (990101000000, 990102000000)
ELSEWHERE = (990201000000, 990202000000)


def actor(role="INVESTMENT_OFFICER", *, person=7, unit=3, area=COUNTY, name="陈静"):
    return Actor(person, name, 12, "投资科经办", unit, "云溪县发展和改革局", "GOVERNMENT", (GrantScope(role, *area),))


def pdf(text="page", pages=1):
    """A small valid PDF."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode())
    for number in range(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R "
            "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>".encode()
        )
        stream = f"BT /F 40 Tf 80 700 Td ({text} {number + 1}) Tj ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def png(width=40, height=30, color=(11, 87, 208)):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx(*, macros=False):
    members = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"}
    return zipped({**members, **({"word/vbaProject.bin": b"x"} if macros else {})})


def ofd():
    return zipped({"OFD.xml": "<ofd:OFD/>", "Doc_0/Document.xml": "<x/>"})


def ole(*names):
    """A minimal OLE compound file with these stream names in its directory."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", header, 44, 1, 1, 0)  # one FAT sector; the directory begins at sector 1
    struct.pack_into("<I", header, 60, 0xFFFFFFFE)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    directory = bytearray()
    for name in ("Root Entry", *names)[:4]:
        entry = bytearray(128)
        text = name.encode("utf-16-le") + b"\x00\x00"
        entry[: len(text)] = text
        struct.pack_into("<H", entry, 64, len(text))
        directory += entry
    return bytes(header) + fat + bytes(directory).ljust(512, b"\x00")


def dwg():
    return b"AC1032" + b"\x00" * 250


def bomb():
    """A ZIP whose directory promises 300 MB out of a few hundred kilobytes."""
    return zipped({"zeros.bin": b"\x00" * (150 * 1024**2), "more.bin": b"\x00" * (150 * 1024**2)})
