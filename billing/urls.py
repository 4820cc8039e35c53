from django.urls import path

from billing import gift_views, pending_views, plan_views, views

app_name = "billing"
urlpatterns = [
    path("", views.account, name="account"),
    path("buy/<int:price_id>/", views.buy, name="buy"),
    path("buy/<int:price_id>/cancelled/", views.cancelled, name="cancelled"),
    path("success/", views.success, name="success"),
    path("success/status/", views.success_status, name="success-status"),
    path("redeem/", gift_views.redeem, name="redeem"),
    path("portal/", views.portal, name="portal"),
    path("subscriptions/<str:subscription>/cancel/", views.cancel, name="cancel"),
    path("subscriptions/<str:subscription>/resume/", views.resume, name="resume"),
    path("subscriptions/<str:subscription>/change/", plan_views.change, name="change"),
    path(
        "subscriptions/<str:subscription>/change/confirm/",
        pending_views.confirm,
        name="confirm-change",
    ),
    path(
        "subscriptions/<str:subscription>/change/drop/",
        pending_views.drop,
        name="drop-change",
    ),
    path("receipts/<int:receipt_id>/", views.receipt, name="receipt"),
]
