"""Addresses of single sign-on, under the names its library asks for (so without this room's namespace)."""

from django.urls import path

from gongbu.ground.orgs.pages import single_sign_on as oidc

urlpatterns = [
    path("oidc/begin", oidc.begin, name="oidc_authentication_init"),
    path("oidc/callback", oidc.callback, name="oidc_authentication_callback"),
]
