"""Reads HTML as browsers do, and tells where what a customer wrote came to stand.

POST /html   {"pairs": [[HTML with harmless values, HTML with MARK in hostile ones], …]}: for each what is wrong, or ""
"""

from aiohttp import web
from selectolax.lexbor import LexborHTMLParser

ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "cite", "background", "xlink:href"}


def nodes(html):
    # In the body, where comments are seen as well; with something at the end, as the reader makes up the text of a comment
    # that begins with the last byte.
    return list(LexborHTMLParser(f"<body>{html} ").root.traverse(include_text=True))


def shape(found):
    return [(node.tag, sorted(node.attributes)) for node in found if node.tag != "-text"]


def is_program(name, value):
    start = "".join(letter for letter in value.lower() if letter > " ")
    return (name.startswith("on") or name in ("style", "srcdoc")
            or name in ADDRESSES and start.startswith(("javascript:", "vbscript:", "data:")))


def wrong(harmless, hostile):
    found = nodes(hostile)
    if shape(nodes(harmless)) != shape(found):
        return "other elements or attributes"
    for node in found:
        content = node.comment_content if node.tag == "-comment" else node.text()
        if node.tag in ("script", "style", "-comment") and "MARK" in (content or ""):
            return f"inside of {node.tag}"
        for name, value in node.attributes.items():
            if "MARK" in name or "MARK" in (value or "") and is_program(name, value):
                return f"in the attribute {name}"
    return ""


async def start(app, _):
    async def read(request):
        pairs = (await request.json())["pairs"]
        return web.json_response([wrong(*pair) for pair in pairs])

    app.router.add_post("/html", read)
    return {}
