"""Pictures of screens, kept small, and compared as an eye would: smoother edges are no difference."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

FEW = 12
"""How many squares of 8 by 8 pixels may differ: less than a small button, more than smoothed edges."""

LOOK = """
async ([wanted, actual]) => {
    const SIDE = 8, FAR = 14;
    const pixels = async (png) => {
        const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext("2d");
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height);
    };
    const [a, b] = [await pixels(wanted), await pixels(actual)];
    if (a.width !== b.width || a.height !== b.height) return [-1, actual];
    const isFar = (left, top) => {
        const sums = [0, 0, 0];
        let count = 0;
        for (let y = top; y < Math.min(top + SIDE, a.height); y++)
            for (let x = left; x < Math.min(left + SIDE, a.width); x++, count++)
                for (let c = 0; c < 3; c++) {
                    const at = 4 * (y * a.width + x) + c;
                    sums[c] += a.data[at] - b.data[at];
                }
        return sums.some(sum => Math.abs(sum) / count > FAR);
    };
    let differing = 0;
    const canvas = new OffscreenCanvas(a.width, a.height);
    const context = canvas.getContext("2d");
    context.putImageData(b, 0, 0);
    context.fillStyle = "rgb(255 0 160 / 55%)";
    for (let y = 0; y < a.height; y += SIDE)
        for (let x = 0; x < a.width; x += SIDE)
            if (isFar(x, y)) {
                differing++;
                context.fillRect(x, y, SIDE, SIDE);
            }
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return [differing, btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""))];
}
"""
"""Squares whose mean colours are far apart, and the actual picture with those marked."""

REDUCE = """
async (png) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const STEP = 5;  // Colours nearer to each other than that become one.
    const key = at => [0, 1, 2].reduce((all, c) => all * 64 + Math.round(data[at + c] / STEP), 0);
    const found = new Map();
    for (let at = 0; at < data.length; at += 4) {
        const one = found.get(key(at));
        if (one) one.count++;
        else found.set(key(at), { count: 1, colour: [data[at], data[at + 1], data[at + 2]] });
    }
    const most = [...found.values()].sort((a, b) => b.count - a.count);
    const palette = most.slice(0, 256).map(one => one.colour);
    const far = (p, q) => Math.abs(p[0] - q[0]) + Math.abs(p[1] - q[1]) + Math.abs(p[2] - q[2]);
    most.forEach((one, i) => {
        one.index = i < 256 ? i : palette.reduce((best, p, n) =>
            far(p, one.colour) < far(palette[best], one.colour) ? n : best, 0);
    });
    let indexes = "";
    for (let at = 0; at < data.length; at += 4) indexes += String.fromCharCode(found.get(key(at)).index);
    return [width, height, palette.flat(), btoa(indexes)];
}
"""
"""The colours that a picture has most, and for each pixel which of them is nearest."""


@dataclass(frozen=True)
class Comparison:
    """How many squares differ, -1 where the sizes do; and the actual picture with the squares marked."""

    differing: int
    marked: bytes

    @property
    def is_same(self) -> bool:
        """Would a person call the two the same?"""
        return 0 <= self.differing <= FEW


def compare(page: Page, wanted: bytes, actual: bytes) -> Comparison:
    """Two PNGs, looked at by the browser of `page`, which may show anything."""
    differing, marked = page.evaluate(LOOK, [_text(wanted), _text(actual)])
    return Comparison(differing, base64.b64decode(marked))


def keep(page: Page, png: bytes, file: Path) -> None:
    """Writes a PNG with a palette of at most 256 colours, a third as large."""
    width, height, palette, indexes = page.evaluate(REDUCE, _text(png))
    pixels = base64.b64decode(indexes)
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", bytes(palette))
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()
