from typing import Any

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {"theme": "system", "main_menu": [], "footer_menu": [], "language_links": []}
