"""The API (OpenAPI at ``/api/docs`` and ``/api/openapi.json``): the rooms' routers under one roof."""

from ninja import NinjaAPI

from gongbu.mainline.projects.api import router as projects

api = NinjaAPI(title="工部接口", version="1", urls_namespace="api", docs_url=None)
api.add_router("", projects)
