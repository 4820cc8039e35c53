"""The one NinjaAPI; rooms add routers in ready()."""

from ninja import NinjaAPI

api = NinjaAPI(title="AMI worker API", version="1", urls_namespace="worker_api", docs_url=None, openapi_url=None)
