"""The worker keys' place in the Wagtail admin."""

from wagtail import hooks

from worker_api.viewsets import WorkerKeyViewSet, viewset


@hooks.register("register_admin_viewset")
def register_viewset() -> WorkerKeyViewSet:
    return viewset
