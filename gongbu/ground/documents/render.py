"""Make one preview picture, in a process of its own: ``python render.py pdf|image SOURCE PAGE WIDTH TARGET``.

A hostile file may crash or stall the decoder; then only this process ends (memory, time and file size are limited).
Prints ``pages width height``. Imports nothing of the platform.
"""

import resource
import sys
from pathlib import Path

MAX_PIXELS = 60_000_000  # of a source picture, before decoding
MAX_OUTPUT_PIXELS = 8_000_000
MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 20
FILE_BYTES = 64_000_000


def limit() -> None:
    """Bound what the process may take from the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def render_pdf(source: Path, page: int, width: int, target: Path) -> tuple[int, int, int]:
    """Draw a page (from 1) of a PDF as PNG, forms and annotations included, scripts not."""
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(source)
    pages = len(document)
    sheet = document[page - 1]
    points_wide, points_high = sheet.get_size()
    scale = width / max(points_wide, 1)
    largest = (MAX_OUTPUT_PIXELS / max(points_wide * points_high, 1)) ** 0.5
    picture = sheet.render(scale=min(scale, largest)).to_pil().convert("RGB")
    picture.save(target, "PNG", optimize=False, compress_level=6)
    return pages, *picture.size


def render_image(source: Path, width: int, target: Path) -> tuple[int, int, int]:
    """Draw a picture anew: nothing of the original file (metadata, trailing data) reaches the browser."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses at twice this number
    with Image.open(source) as original:
        if original.width * original.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        original.draft("RGB", (width, width))
        picture = ImageOps.exif_transpose(original)
        picture.thumbnail((width, width * 4))
        if picture.mode in ("RGBA", "LA", "P", "PA"):
            picture = picture.convert("RGBA")
            sheet = Image.new("RGB", picture.size, "white")
            sheet.paste(picture, mask=picture.getchannel("A"))
            picture = sheet
        picture = picture.convert("RGB")
        picture.save(target, "JPEG", quality=85)
        return 1, *picture.size


def main() -> None:
    """Run; any exception ends the process with code 1 and nothing at ``target``."""
    limit()
    how, source, page, width, target = sys.argv[1:6]
    if how == "pdf":
        facts = render_pdf(Path(source), int(page), int(width), Path(target))
    else:
        facts = render_image(Path(source), int(width), Path(target))
    sys.stdout.write(" ".join(map(str, facts)))


if __name__ == "__main__":
    main()
