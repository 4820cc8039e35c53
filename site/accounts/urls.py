from django.urls import path

from accounts import mail_views, views

app_name = "accounts"
urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("profile/", views.profile, name="profile"),
    path("data/", views.data, name="data"),
    path("data/download/", views.download_data, name="download-data"),
    path("mail/", mail_views.preferences, name="mail-preferences"),
    path("mail/stop/<str:token>/", mail_views.unsubscribe, name="unsubscribe"),
]
