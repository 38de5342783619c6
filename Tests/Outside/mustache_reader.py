"""Fills in templates as Mustache says.

POST /mustache   {"data": …, "templates": […]}: each filled in
"""

import chevron
from aiohttp import web


async def start(app, _):
    async def fill(request):
        asked = await request.json()
        return web.json_response([chevron.render(template, asked["data"]) for template in asked["templates"]])

    app.router.add_post("/mustache", fill)
    return {}
