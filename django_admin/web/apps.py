from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "django_admin.web"
    label = "web"
