from django.urls import path

from journal import views

app_name = "journal"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("trades/<uuid:pk>/", views.trade, name="trade"),
    path("trades.csv", views.trades_csv, name="export-trades"),
]
