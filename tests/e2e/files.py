"""Files that a person might have on their desk."""

from __future__ import annotations

from collections.abc import Sequence

RETURNS = """\
# Returns

You may return shoes within thirty days if they were not worn outside.

## Refunds

Refunds arrive within five working days after we have received the parcel.

# Delivery

Delivery is free for orders over fifty euros.
"""


def pdf_of(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines of plain Latin text on its pages."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = b" ".join(b"(%s) Tj T*" % line.encode("latin-1") for line in lines)
        text = b"BT /F1 12 Tf 72 760 Td 16 TL %s ET" % shown
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        kids.append(len(objects))
    names = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (names, len(kids))
    out = b"%PDF-1.4\n"
    places = []
    for number, content_ in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content_)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (len(objects) + 1, table)


FILL_COLLECTION = """
async ([name, text]) => {
    const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
    const send = async (path, body, more) => {
        const headers = { "X-CSRFToken": token, ...more };
        return (await fetch(path, { method: "POST", headers, body })).json();
    };
    const json = { "Content-Type": "application/json" };
    const made = await send("/api/knowledge", JSON.stringify({ name }), json);
    const form = new FormData();
    form.append("files", new File([text], "returns.md", { type: "text/markdown" }));
    await send(`/api/knowledge/${made.id}/documents`, form);
    const path = `/api/knowledge/${made.id}`;
    for (let ready = 0; ready === 0; await new Promise(done => setTimeout(done, 500))) {
        const told = await (await fetch(path)).json();
        ready = told.documents - told.working;
    }
}
"""
"""Makes a collection with one document, as the console would, and waits until that has been read."""
