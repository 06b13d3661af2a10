"""Files as people send them, and as those do who mean harm. Small here, whatever they grow to when opened."""

from __future__ import annotations

import io
import zipfile
import zlib

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STYLES = f"""<w:styles {W}><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="a2"><w:name w:val="标题 2"/></w:style></w:styles>"""


Parts = dict[str, str | bytes]


def docx(body: str, *, styles: str = STYLES, head: str = "", more: Parts | None = None) -> bytes:
    """A Word document with this XML in its body."""
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    parts: Parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<?xml version="1.0"?>{head}{document}',
        "word/styles.xml": styles,
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraph(text: str, style: str = "", more: str = "") -> str:
    """A paragraph of a Word document."""
    look = f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>' if style or more else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(*pages: str, outline: bool = False, stream: bytes | None = None, kids: str | None = None) -> bytes:
    """A PDF with a line of text for each line of a page, drawn in Helvetica."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    count = len(pages)
    page_ids = [4 + 2 * n for n in range(count)]
    marks = f"/Outlines {4 + 2 * count} 0 R" if outline else ""
    add(f"<< /Type /Catalog /Pages 2 0 R {marks} >>".encode())
    listed = kids if kids is not None else " ".join(f"{one} 0 R" for one in page_ids)
    add(f"<< /Type /Pages /Kids [{listed}] /Count {count} >>".encode())
    add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for n, text in enumerate(pages):
        lines = "".join(f"({line}) Tj 0 -14 Td\n" for line in text.split("\n"))
        drawn = stream if stream is not None else f"BT /F1 11 Tf 50 780 Td\n{lines}ET".encode("latin-1")
        packed = zlib.compress(drawn, 9)
        content = page_ids[n] + 1
        add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        add(head + packed + b"\nendstream")
    if outline:
        root = 4 + 2 * count
        add(f"<< /Type /Outlines /First {root + 1} 0 R /Last {root + 1} 0 R /Count 1 >>".encode())
        add(f"<< /Title (Refunds) /Parent {root} 0 R /Dest [{page_ids[-1]} 0 R /Fit] >>".encode())
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for place in places:
        out.write(f"{place:010} 00000 n \n".encode())
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def zip_bomb() -> bytes:
    """A Word document of half a megabyte whose text unpacks to 500 MB."""
    return docx("", more={"word/document.xml": b" " * (500 * 1024 * 1024)})


def lying_zip() -> bytes:
    """A Word document whose directory says that its text is small, when it is 300 MB."""
    whole = bytearray(docx("", more={"word/document.xml": b"a" * (300 * 1024 * 1024)}))
    at = whole.rfind(b"PK\x01\x02", 0, whole.rfind(b"word/document.xml"))
    whole[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(whole)


LAUGHS = (
    '<!DOCTYPE w:document [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(8))
    + "]>"
)
OUTSIDE = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
